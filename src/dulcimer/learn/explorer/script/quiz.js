// Quiz: the questions of `dulcimer quiz`, which come with the page; quiz 3 is that of --seed 3.

/** The quizzes: how many there are, of how many questions, and a question of one. */
function quizzesOf({ texts, quizzes }) {
  const words = (numbers) => numbers.map((number) => texts[number]);
  return {
    count: quizzes.length,
    questions: quizzes[0].length,
    question(seed, number) {
      const [kind, text, lines, options, right, why, clause, look, end, pdu, byte] = quizzes[seed - 1][number];
      const [, state, event] = /^(Sta\d+) (Evt\d+)$/.exec(texts[look]) ?? [];
      return { kind: texts[kind], text: texts[text], lines: words(lines), options: words(options), right, why: texts[why], clause: texts[clause], cell: state ? { state, event } : null, end: texts[end], pdu, byte };
    },
  };
}

/** The mode. `render()`: an answer was given; `say(text)`: in the live region. */
function quizOf(spec, app, quiz, { maps, why, bytes, render, say }) {
  const question = (number = app.number) => quiz.question(app.seed, number);

  function optionsOf(asked, given) {
    const done = given !== undefined;
    return asked.options.map((option, number) => {
      const state = !done ? "" : number === asked.right ? "right" : number === given ? "wrong" : "";
      const mark = { right: "✓ right: ", wrong: "✕ your answer: " }[state] ?? "";
      const button = press("", "", () => answer(number), "option", state);
      button.append(make("kbd", "", String(number + 1)), ` ${mark}${option}`);
      button.disabled = done;
      return button;
    });
  }

  function showMaps(asked, done) {
    for (const end of ENDS) {
      const shown = asked.cell && asked.end === end && (done || !asked.lines.length);
      const action = shown && done && spec.table[asked.cell.event]?.[asked.cell.state];
      const outcomes = action ? spec.actions[action].outcomes.filter((one) => one.guard !== "is_requestor" || one.negated === (end === "acceptor")) : [];
      maps[end].show({ states: shown ? [asked.cell.state] : [], steps: outcomes.map((one) => ({ ...one, ...asked.cell, end, action })), note: shown ? "asked about" : "", isAsked: true });
    }
  }

  function show() {
    const asked = question();
    const given = app.answers[app.number];
    const done = given !== undefined;
    const right = app.answers.filter((one, number) => one === question(number).right).length;
    const next = press(app.number + 1 < quiz.questions ? "next question" : "a new quiz", "", nextQuestion, "go");
    next.hidden = !done;
    find(".quiz").replaceChildren(
      make("p", "what", `Question ${app.number + 1} of ${quiz.questions}, quiz ${app.seed}: ${right} right so far`),
      make("p", "do", asked.text),
      asked.lines.length ? make("pre", "lines", asked.lines.join("\n")) : "",
      make("div", "options", ...optionsOf(asked, given)),
      done ? make("p", "reason", `${asked.why} `, clauseIn(spec, asked.clause)) : "",
      next,
    );
    showMaps(asked, done);
    if (done && asked.cell) why.cell({ ...asked.cell, step: null });
    else if (done) why.plain(`${asked.kind[0].toUpperCase()}${asked.kind.slice(1)}`, asked.why);
    else why.plain("Quiz", "Choose an answer, with the mouse or the keys 1 to 4. Then this card shows what the standard says.");
    bytes.show(asked.pdu, done ? asked.byte : -1, { isAsked: !done });
    find(".banner").hidden = true;
  }

  function answer(number) {
    const asked = question();
    if (app.answers[app.number] !== undefined || number >= asked.options.length) return;
    app.answers[app.number] = number;
    render();
    say(number === asked.right ? "Right." : `Wrong. Right is: ${asked.options[asked.right]}`);
    find(".quiz .go").focus();
  }

  function nextQuestion() {
    app.number += 1;
    if (app.number >= quiz.questions) {
      app.number = 0;
      app.seed = (app.seed % quiz.count) + 1;
      app.answers = [];
    }
    render();
    say(find(".quiz .do").textContent);
    find(".quiz .option").focus();
  }

  return { show, answer };
}
