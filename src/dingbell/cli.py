"""The commands (contract §5). Django is set up only where a command needs it."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dingbell import __version__
from dingbell.storage.configuration import Configuration, ConfigurationError, set_data_dir
from dingbell.users import acting

ROLES = ("all", "web", "worker")


def main(arguments: Sequence[str] | None = None) -> None:
    os.umask(0o077)  # session keys and password hashes are nobody else's; Windows goes by the directory
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # a Chinese Windows console would use GBK
    options = _parser().parse_args(arguments)
    set_data_dir(getattr(options, "data_dir", None))
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        _keep_log(options)
        _refuse_impossible_ports(options)
        sys.exit(command(options))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _end(error)
        raise


def _keep_log(options: argparse.Namespace) -> None:
    """First of all: the file must tell also of settings that cannot be read. Raises ConfigurationError."""
    if not getattr(options, "log_file", None):
        return
    from dingbell.channels.redaction import mask_links
    from dingbell.storage import logs

    logs.keep_in(options.log_file, mask_links)


def _refuse_impossible_ports(options: argparse.Namespace) -> None:
    """The system would take 99999 for 34463. Raises ConfigurationError."""
    for name in ("port", "simulator_port"):
        port = getattr(options, name, 1)
        if not 0 < port < 65536:
            raise ConfigurationError(f"--{name.replace('_', '-')} {port}: 应为 1 至 65535 / must be 1 to 65535")


def _end(error: Exception) -> None:
    """Exit code 1 and a sentence where there is one for `error`; the log file learns in any case."""
    from dingbell.storage import logs, startup_errors

    told = startup_errors.sentence(error)
    if told is None:
        logs.keep(traceback.format_exc())
        return
    logs.keep(f"dingbell: {told}")
    sys.exit(f"dingbell: {told}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dingbell", description="钉铃：把工厂报警可靠地送到钉钉")
    parser.add_argument("--version", action="version", version=f"dingbell {__version__}")
    commands = parser.add_subparsers(required=True, metavar="命令")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data-dir", metavar="目录", help="数据目录（默认 ./data）")

    serve = commands.add_parser("serve", parents=[common], help="启动服务（网页、接入和发送）")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument("--role", choices=ROLES, default="all", help="多节点时用：web 不发送，worker 只发送")
    serve.add_argument("--log-file", type=Path, metavar="文件", help="日志也写进这个文件（10 MB 一个，留 5 个旧的）")
    serve.set_defaults(command=_serve)

    simulator = commands.add_parser("simulator", help="启动钉钉模拟器")
    simulator.add_argument("--host", default="127.0.0.1")
    simulator.add_argument("--port", type=int, default=8090)
    simulator.set_defaults(command=_simulator)

    demo = commands.add_parser("demo", help="演示：服务、模拟器和一座会报警的小工厂，结束后不留痕迹")
    demo.add_argument("--port", type=int, default=8080)
    demo.add_argument("--simulator-port", type=int, default=8090)
    demo.set_defaults(command=_demo)

    migrate = commands.add_parser("migrate", parents=[common], help="把数据库升级到本版本（serve 会自动做）")
    migrate.set_defaults(command=_migrate)

    backup = commands.add_parser("backup", parents=[common], help="备份数据库、密钥和设置，服务可以在运行")
    backup.add_argument("directory", type=Path, metavar="备份目录")
    backup.set_defaults(command=_backup)

    restore = commands.add_parser("restore", parents=[common], help="把备份放回空的数据目录")
    restore.add_argument("directory", type=Path, metavar="备份目录")
    restore.set_defaults(command=_restore)

    user = commands.add_parser("user-add", parents=[common], help="添加用户")
    user.add_argument("name", metavar="用户名")
    user.add_argument("--role", required=True, choices=("admin", "engineer", "operator", "viewer"))
    user.add_argument("--password-stdin", action="store_true", help="从标准输入读密码，不提示")
    user.set_defaults(command=_user_add)

    token = commands.add_parser("token-create", parents=[common], help="创建 API 令牌，只显示这一次")
    token.add_argument("name", metavar="名称")
    token.add_argument("--scope", required=True, help="权限范围，逗号分隔，例如 events:write,alarms:read")
    token.set_defaults(command=_token_create)

    revoke = commands.add_parser("token-revoke", parents=[common], help="吊销 API 令牌")
    revoke.add_argument("name", metavar="名称")
    revoke.set_defaults(command=_token_revoke)
    return parser


def _django() -> None:
    """Settings, logs and apps. Raises ConfigurationError."""
    import django

    from dingbell.channels.redaction import mask_links
    from dingbell.storage import logs

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dingbell.settings")
    logs.set_up(Configuration.load(os.environ).log_level, mask_links)
    django.setup(set_prefix=False)


def _database() -> None:
    """Django and a database of this version, for a command that is to change the server's."""
    _django()
    from django.db import connection

    from dingbell.storage.schema import migrate

    if migrate() and connection.vendor == "sqlite":
        print(
            f"dingbell: 新建了数据库 / made a new database: {connection.settings_dict['NAME']}\n"
            "服务若用别的数据目录，请加 --data-dir 再做一次"
            " / if the server has another data directory, do it again with --data-dir",
            file=sys.stderr,
        )


def _serve(options: argparse.Namespace) -> int:
    _django()
    from dingbell.serving import serve

    return serve(options.host, options.port, options.role)


def _simulator(options: argparse.Namespace) -> int:
    from dingtalk_simulator.server import run

    run(options.host, options.port)
    return 0


def _demo(options: argparse.Namespace) -> int:
    from dingbell.demo import show

    try:
        return show.run(options.port, options.simulator_port)
    except show.DemoFailed as error:
        return _complain([str(error)])


def _migrate(options: argparse.Namespace) -> int:
    _django()
    from dingbell.storage.schema import migrate

    migrate()
    return 0


def _backup(options: argparse.Namespace) -> int:
    from dingbell.storage.backup import back_up

    configuration = Configuration.load(os.environ)
    _list(back_up(configuration, options.directory))
    if configuration.database_url:
        print("PostgreSQL 数据库没有备份，请用 pg_dump", file=sys.stderr)
    if configuration.encryption_key or configuration.secret_key:
        print("由设置给出的密钥没有备份，请另外保存", file=sys.stderr)
    return 0


def _restore(options: argparse.Namespace) -> int:
    from dingbell.storage.backup import put_back

    _list(put_back(Configuration.load(os.environ), options.directory))
    return 0


def _list(files: Iterable[Path]) -> None:
    for file in files:
        print(f"{file.stat().st_size:>14,}  {file}")


def _user_add(options: argparse.Namespace) -> int:
    _database()
    from django.core.exceptions import ValidationError

    from dingbell.users.accounts import add_user
    from dingbell.users.roles import Role

    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else _ask_password()
    try:
        with acting.acting_as(acting.command("user-add")):
            add_user(options.name, Role(options.role), password)
    except ValidationError as error:
        return _complain(error.messages)
    return 0


def _ask_password() -> str:
    from getpass import getpass

    first = getpass("密码：")
    if getpass("再输一次：") != first:
        sys.exit("dingbell: 两次输入的密码不同")
    return first


def _token_create(options: argparse.Namespace) -> int:
    _database()
    from django.core.exceptions import ValidationError

    from dingbell.users import tokens

    try:
        with acting.acting_as(acting.command("token-create")):
            _token, plain = tokens.create(options.name, options.scope.split(","))
    except ValidationError as error:
        return _complain(error.messages)
    print(plain)
    return 0


def _token_revoke(options: argparse.Namespace) -> int:
    _database()
    from dingbell.users import tokens
    from dingbell.users.models import ApiToken

    with acting.acting_as(acting.command("token-revoke")):
        named = ApiToken.objects.filter(name=options.name, revoked_at=None)
        found = [token for token in named if tokens.revoke(token.id)]
    if not found:
        return _complain([f"没有名为 {options.name} 的有效令牌"])
    return 0


def _complain(messages: Sequence[str]) -> int:
    print("dingbell: " + "\n".join(messages), file=sys.stderr)
    return 2
