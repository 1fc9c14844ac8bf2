"""TLS before moto and azurite, with errors in the providers' own form.

moto sends AWS's as text/html, and one element deeper than AWS does. azurite has one error for every signature that is wrong, which
Azure calls by another code, with the details besides.
"""

import http.client
import re
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, moto, certificate, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        behind = http.client.HTTPConnection("127.0.0.1", moto)
        behind.request(self.command, self.path, body, dict(self.headers.items()))
        got = behind.getresponse()
        text, kind = got.read(), got.headers.get("content-type", "text/xml")
        code = re.search(rb"<Code>(\w+)</Code>", text)
        if code and code[1] == b"AuthorizationFailure" and b"formed correctly including the signature" in text:
            detail = b"The MAC signature found in the HTTP request is not the same as any computed signature."
            text = b"<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>" + detail + b"</AuthenticationErrorDetail></Error>"
            kind = "application/xml"
        elif got.status >= 400 and code and "x-ms-version" not in self.headers:
            text = b"<ErrorResponse><Error><Type>Sender</Type><Code>" + code[1] + b"</Code></Error></ErrorResponse>"
            kind = "text/xml"
        self.send_response(got.status)
        for name, value in (("content-type", kind), ("content-length", str(len(text))), ("connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
        self.close_connection = True

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", port), Front)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
