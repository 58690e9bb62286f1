"""A Swift with its S3 interface in one process: Debian's packages, with a cache in memory.

Usage: python3 swift_server.py <folder>; prints the port when it listens, and ends when its input
is closed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import eventlet

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring.builder import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

OWN = ("memory", "s3api", "tempauth", "proxy-server")
PIPELINE = (
    "catch_errors gatekeeper healthcheck memory listing_formats bulk s3api tempauth "
    "slo dlo proxy-server"
)
PROXY = """[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = {pipeline}
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_writer = secret .admin
user_test_reader = secret
[filter:memory]
paste.filter_factory = swift_server:memory
{filters}
"""
STORAGE = """[DEFAULT]
devices = {folder}/devices
mount_check = false
swift_dir = {folder}
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
KINDS = ("account", "container", "object")


class Memory:
    """What memcached would keep."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def set(self, key: str, value: Any, **_: Any) -> None:
        """Keeps a value."""
        self.values[key] = value

    def get(self, key: str, *_: Any, **__: Any) -> Any:
        """The value of a key, or None."""
        return self.values.get(key)

    def delete(self, key: str, **_: Any) -> None:
        """Forgets a value."""
        self.values.pop(key, None)


def memory(_: dict[str, str], **__: Any) -> Any:
    """Gives each request the cache; the factory that the pipeline names."""
    cache = Memory()

    def wrapped(app: Any) -> Any:
        def answer(env: dict[str, Any], start: Any) -> Any:
            env["swift.cache"] = cache
            return app(env, start)

        return answer

    return wrapped


def main(folder: Path) -> None:
    """Serves until the input is closed."""
    utils.HASH_PATH_SUFFIX = b"tests"
    (folder / "devices" / "disk").mkdir(parents=True)
    log = (folder / "log").open("w")
    for kind in KINDS:
        socket = eventlet.listen(("127.0.0.1", 0))
        ring = RingBuilder(4, 1, 0)
        place = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": socket.getsockname()[1]}
        ring.add_dev({"id": 0, "weight": 1, "device": "disk", **place})
        ring.rebalance()
        ring.get_ring().save(str(folder / f"{kind}.ring.gz"))
        conf = folder / f"{kind}.conf"
        conf.write_text(STORAGE.format(folder=folder, kind=kind))
        eventlet.spawn(wsgi.server, socket, loadapp(str(conf)), log=log)
    names = [name for name in PIPELINE.split() if name not in OWN]
    filters = "\n".join(f"[filter:{name}]\nuse = egg:swift#{name}" for name in names)
    conf = folder / "proxy.conf"
    conf.write_text(PROXY.format(folder=folder, pipeline=PIPELINE, filters=filters))
    socket = eventlet.listen(("127.0.0.1", 0))
    eventlet.spawn(wsgi.server, socket, loadapp(str(conf)), log=log)
    sys.stdout.write(f"{socket.getsockname()[1]}\n")
    sys.stdout.flush()
    eventlet.tpool.execute(sys.stdin.read)


if __name__ == "__main__":
    sys.modules["swift_server"] = sys.modules["__main__"]
    main(Path(sys.argv[1]))
