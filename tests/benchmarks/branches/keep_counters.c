/* Linked into a server that is built with gcov (of GCC 12): what it and its children have counted outlives SIGKILL.
 *
 * The counters are added to the file named by COUNTERS, which is mapped, where the process is at rest: before it accepts
 * a connection, before it forks, when it ends, and before it dies of a signal that it causes itself. gcov's own files
 * take milliseconds to write, and are left half written when the server is killed; here they are written in the end, by
 * a run with WRITE_COUNTERS set.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define KINDS 8

/* As in libgcov.h of GCC 12. */
struct counters { unsigned number; int64_t *values; };
struct function { const void *key; unsigned id, lines, flow; struct counters counters[]; };
struct object {
    unsigned version;
    struct object *next;
    unsigned stamp, checksum;
    const char *name;
    void *merge[KINDS];
    unsigned number;
    const struct function *const *functions;
};
struct root { struct object *list; unsigned dumped : 1; };

extern struct root __gcov_root __attribute__((visibility("hidden")));
extern int __real_accept(int, struct sockaddr *, socklen_t *);

static int64_t *kept;
static char stack[1 << 16];

/* Each counter with its place in the file; the number of counters. */
static size_t each(void (*visit)(int64_t *, int64_t *))
{
    size_t place = 0;
    for (struct object *o = __gcov_root.list; o; o = o->next)
        for (unsigned f = 0; f < o->number; f++) {
            const struct function *function = o->functions[f];
            const struct counters *c;
            if (!function || function->key != o)
                continue;
            c = function->counters;
            for (int kind = 0; kind < KINDS; kind++) {
                if (!o->merge[kind])
                    continue;
                for (unsigned i = 0; i < c->number; i++, place++)
                    if (visit)
                        visit(&c->values[i], &kept[place]);
                c++;
            }
        }
    return place;
}

static void add(int64_t *counter, int64_t *place)
{
    if (*counter)
        __atomic_fetch_add(place, *counter, __ATOMIC_RELAXED);
    *counter = 0;
}

static void load(int64_t *counter, int64_t *place) { *counter = *place; }

static void keep(void)
{
    if (kept)
        each(add);
}

int __wrap_accept(int socket, struct sockaddr *address, socklen_t *length)
{
    keep();
    return __real_accept(socket, address, length);
}

/* In the place of gcov's own, which writes its files each time. */
pid_t __wrap___gcov_fork(void)
{
    keep();
    return fork();
}

static void at_end(void)
{
    if (!kept)
        return;
    if (getenv("WRITE_COUNTERS")) {
        each(load);
        return;
    }
    fflush(NULL);
    keep();
    _exit(0);
}

static void at_signal(int number)
{
    keep();
    signal(number, SIG_DFL);
    raise(number);
}

static void begin(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    /* The stack of the program may be what has run out. */
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = at_signal, .sa_flags = SA_ONSTACK | SA_NODEFER};
    const char *name = getenv("COUNTERS");
    size_t size = each(NULL) * sizeof *kept;
    int file = name ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (file < 0 || ftruncate(file, (off_t)size))
        return;
    kept = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (kept == MAP_FAILED) {
        kept = NULL;
        return;
    }
    sigaltstack(&alternative, NULL);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    atexit(at_end);
}

/* When all objects have been registered: their constructors run before main. */
extern int __real_main(int, char **);
int __wrap_main(int number, char **words)
{
    begin();
    return __real_main(number, words);
}
