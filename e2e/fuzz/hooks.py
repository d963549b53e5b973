"""Where the document asks for a URL, the fuzzer puts none that leaves this machine; files are no JSON."""

import ast
import gc
import threading

import schemathesis
from hypothesis import strategies as st

# CPython before 3.11.8 fails when collected garbage or another thread parses while one does (python/cpython#106905).
parse, parsing = ast.parse, threading.RLock()


def parse_alone(*args, **kwargs):
    with parsing:
        gc.disable()
        try:
            return parse(*args, **kwargs)
        finally:
            gc.enable()


ast.parse = parse_alone

hosts = st.sampled_from(["127.0.0.1:9", "[::1]:9", "localhost:9", "files.invalid", "user:secret@127.0.0.1:9", "127.0.0.1"])
paths = st.text(alphabet="abc/.%2e?#=&-_~", max_size=40)

schemathesis.openapi.format(
    "uri",
    st.builds("{}://{}/{}".format, st.sampled_from(["http", "https"]), hosts, paths),
)


@schemathesis.deserializer(
    *("application/json", "text/event-stream", "application/xml", "text/xml"),
    *("text/yaml", "text/x-yaml", "text/vnd.yaml", "application/yaml", "application/x-yaml"),
)
def deserialize(ctx, response):
    """JSON is the API's; whatever else comes as a type is a file that was uploaded before, of any content."""
    is_file = (ctx.operation.method, ctx.operation.path, response.status_code) == ("get", "/v1/media/{id}", 200)
    if is_file or response.headers["content-type"][0].split(";")[0] != "application/json":
        return response.content.decode("utf-8", "replace")
    return response.json()
