// dcmjs-dimse as a peer: a server of Verification and Secondary Capture storage on loopback.
//
// node dcmjs_dimse_peer.cjs PORT; the package is looked for where NODE_PATH says.

'use strict';

const net = require('net');
const { Scp, Server, constants, log, responses } = require('dcmjs-dimse');

const { PresentationContextResult, RejectReason, RejectResult, RejectSource, Status, TransferSyntax } = constants;
const TAKEN = ['1.2.840.10008.1.1', '1.2.840.10008.5.1.4.1.1.7'];
const SYNTAXES = [TransferSyntax.ImplicitVRLittleEndian, TransferSyntax.ExplicitVRLittleEndian];

log.setLevel('error');

// The package listens on every interface.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, port, '127.0.0.1', ...rest);
};

class Peer extends Scp {
  associationRequested(association) {
    if (association.getApplicationContextName && association.getApplicationContextName() !== '1.2.840.10008.3.1.1.1') {
      this.sendAssociationReject(
        RejectResult.Permanent,
        RejectSource.ServiceUser,
        RejectReason.ApplicationContextNotSupported,
      );
      return;
    }
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const syntax = context.getTransferSyntaxUids().find((uid) => SYNTAXES.includes(uid));
      if (!TAKEN.includes(context.getAbstractSyntaxUid())) {
        context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
      } else if (syntax === undefined) {
        context.setResult(PresentationContextResult.RejectTransferSyntaxesNotSupported);
      } else {
        context.setResult(PresentationContextResult.Accept, syntax);
      }
    }
    this.sendAssociationAccept();
  }

  cEchoRequest(request, callback) {
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  cStoreRequest(request, callback) {
    const response = responses.CStoreResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  associationReleaseRequested() {
    this.sendAssociationReleaseResponse();
  }
}

const server = new Server(Peer);
server.on('networkError', () => {});
server.listen(Number(process.argv[2]));
