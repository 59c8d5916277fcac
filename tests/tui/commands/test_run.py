"""`tracetui run`: programs recorded with no line changed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.waiting import wait_until
from tracetui.tui.commands.python_options import option_without_startup
from tracetui.tui.commands.run import environment_for

RUN = [sys.executable, "-m", "tracetui.tui", "run"]

INSTRUMENTOR = """
class GreeterInstrumentor:
    is_instrumented_by_opentelemetry = False

    def _check_dependency_conflicts(self):
        return None

    def instrument(self, tracer_provider, **_):
        import greeter
        hello, tracer = greeter.hello, tracer_provider.get_tracer("greeter")

        def recorded(name):
            with tracer.start_as_current_span("hello", attributes={"input.value": name}):
                return hello(name)

        greeter.hello = recorded
"""
"""An instrumentor as OpenTelemetry's are, for the library `greeter` of these tests."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a library, an instrumentor for it, and programs that use the library."""
    pytest.importorskip("wrapt", reason="comes with the instrumentors")
    site = tmp_path / "site"
    (site / "greeter_instrumentor-1.0.dist-info").mkdir(parents=True)
    (site / "greeter_instrumentor-1.0.dist-info" / "METADATA").write_text("Name: greeter-instrumentor\nVersion: 1.0\n")
    (site / "greeter_instrumentor-1.0.dist-info" / "entry_points.txt").write_text(
        "[opentelemetry_instrumentor]\ngreeter = greeter_instrumentor:GreeterInstrumentor\n"
    )
    (site / "greeter_instrumentor.py").write_text(INSTRUMENTOR)
    (site / "greeter.py").write_text("def hello(name):\n    return f'hello {name}'\n")
    return tmp_path


def start(
    project: Path, *command: str, program: str = "", options: tuple[str, ...] = (), **variables: str
) -> subprocess.Popen[str]:
    (project / "app.py").write_text(textwrap.dedent(program))
    environment = {name: value for name, value in os.environ.items() if name != "TRACETUI_STRICT"}
    return subprocess.Popen(
        [*RUN, "--db", str(project / "traces.db"), *options, *command],
        cwd=project,
        env={**environment, "PYTHONPATH": str(project / "site"), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(
    project: Path, *command: str, program: str = "", options: tuple[str, ...] = (), **variables: str
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    process = start(project, *command, program=program, options=options, **variables)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def spans(project: Path) -> list[tuple[str, str, str]]:
    """Service, name and inputs of what was recorded."""
    connection = sqlite3.connect(project / "traces.db")
    try:
        return connection.execute("SELECT service, name, inputs FROM spans ORDER BY start_ns").fetchall()
    finally:
        connection.close()


def was_recorded(project: Path) -> bool:
    """Whether there is a span, in a file that may be yet to come."""
    try:
        return (project / "traces.db").exists() and bool(spans(project))
    except sqlite3.OperationalError:  # it has no tables yet
        return False


GREET = """
    import sys
    from greeter import hello
    print(hello(sys.argv[1]))
"""


def test_a_python_program_is_recorded_unchanged(project: Path) -> None:
    """`python app.py`, with its arguments; the library is instrumented when it is imported."""
    code, out, err = run(project, "--", sys.executable, "app.py", "--you", program=GREET)
    assert (code, out) == (0, "hello --you\n")
    assert "recording into traces.db" in err
    assert spans(project) == [("app", "hello", '"--you"')]


def test_a_script_and_a_module_run_with_our_python(project: Path) -> None:
    """`tracetui run app.py` and `tracetui run -m app`."""
    assert run(project, "app.py", "one", program=GREET)[:2] == (0, "hello one\n")
    assert run(project, "-m", "app", "two", program=GREET)[:2] == (0, "hello two\n")
    assert spans(project) == [("app", "hello", '"one"'), ("app", "hello", '"two"')]


def test_child_processes_are_recorded_too(project: Path) -> None:
    """Started as commands, spawned by multiprocessing, or forked; all into one file."""
    program = """
        import multiprocessing, subprocess, sys
        import greeter

        def greet(name):
            greeter.hello(name)

        if __name__ == "__main__":
            subprocess.run([sys.executable, "-c", "import greeter; greeter.hello('command')"], check=True, cwd="/")
            worker = multiprocessing.get_context("spawn").Process(target=greet, args=("spawned",))
            worker.start()
            worker.join()
            worker = multiprocessing.get_context("fork").Process(target=greet, args=("forked",))
            worker.start()
            worker.join()
            greet("parent")
    """
    code, _, err = run(project, "app.py", program=program)
    assert code == 0, err
    assert [inputs for _, _, inputs in spans(project)] == ['"command"', '"spawned"', '"forked"', '"parent"']


def test_the_environments_own_sitecustomize_still_runs(project: Path) -> None:
    """Coverage tools and companies live there."""
    (project / "site" / "sitecustomize.py").write_text("import builtins; builtins.CUSTOM = __file__\n")
    code, out, _ = run(project, "app.py", program="import sitecustomize; print(CUSTOM, sitecustomize.__file__)")
    own = str(project / "site" / "sitecustomize.py")
    assert (code, out.split()) == (0, [own, own])


def test_the_exit_code_passes_through(project: Path) -> None:
    """Scripts and CI look at it."""
    assert run(project, "app.py", program="import sys; sys.exit(7)")[0] == 7


def test_signals_reach_the_program(project: Path) -> None:
    """It is the same process; what it recorded is kept."""
    program = """
        import signal, sys, time
        from greeter import hello

        def leave(*_):
            sys.exit(5)

        signal.signal(signal.SIGTERM, leave)
        hello("before the signal")
        print("ready", flush=True)
        time.sleep(60)
    """
    process = start(project, "app.py", program=program)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 5
    assert [inputs for _, _, inputs in spans(project)] == ['"before the signal"']


def test_spans_are_in_the_file_while_the_program_runs(project: Path) -> None:
    """The explorer in the other terminal is live."""
    program = "import sys\nfrom greeter import hello\nhello('now')\nprint('ready', flush=True)\nsys.stdin.read()"
    process = start(project, "app.py", program=program, PYTHONUNBUFFERED="1")
    try:
        assert process.stdout is not None
        process.stdout.readline()
        wait_until(lambda: was_recorded(project), "the span")
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_one_library_can_be_chosen(project: Path) -> None:
    """The others are left alone."""
    run(project, "app.py", "x", program=GREET, options=("-l", "greeter"))
    assert len(spans(project)) == 1


def test_a_library_without_instrumentor_is_told_with_the_way_out(project: Path) -> None:
    """The program runs all the same."""
    code, out, err = run(project, "app.py", "x", program=GREET, options=("-l", "haystack"))
    assert (code, out) == (0, "hello x\n")
    assert "pip install 'tracetui[haystack]'" in err
    assert "Traceback" not in err


def test_a_python_without_tracetui_runs_as_it_would_have(project: Path) -> None:
    """It says so once; `-S` stands for the other environment here."""
    code, out, err = run(
        project, sys.executable, "-S", "-c", "import sitecustomize; print('ran')", program="", PYTHONNOUSERSITE="1"
    )
    assert (code, out) == (0, "ran\n")
    assert err.count("tracetui is not installed for") == 1


def test_tracing_that_is_off_stays_off(project: Path) -> None:
    """`TRACETUI_DISABLED=1` costs nothing."""
    assert run(project, "app.py", "x", program=GREET, TRACETUI_DISABLED="1")[:2] == (0, "hello x\n")
    assert not (project / "traces.db").exists()


def test_a_command_that_is_not_there_is_named(project: Path) -> None:
    """With the exit code of a shell."""
    code, _, err = run(project, "no-such-program")
    assert code == 127
    assert "no command 'no-such-program'" in err
    assert "Traceback" not in err


def test_explore_outside_of_tmux_says_what_to_do(project: Path) -> None:
    """Nothing runs half."""
    code, out, err = run(project, "app.py", "x", program=GREET, options=("--explore",), TMUX="")
    assert (code, out) == (1, "")
    assert "run `tracetui` in another terminal" in err


def test_the_folders_of_the_user_stay_on_the_path(tmp_path: Path) -> None:
    """Ours goes first, once, however deep `tracetui run` is nested."""
    first = environment_for({"PYTHONPATH": f"a{os.pathsep}b"}, tmp_path, ())
    again = environment_for(first, tmp_path, ("openai",))
    assert again["PYTHONPATH"] == first["PYTHONPATH"]
    assert again["PYTHONPATH"].split(os.pathsep)[1:] == ["a", "b"]
    assert again["TRACETUI_AUTOLOG"] == "openai"


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["python", "-I", "app.py"], "-I"),
        (["/usr/bin/python3.12", "-uE", "-m", "app"], "-E"),
        (["python3", "-W", "ignore", "-X", "dev", "-S", "app.py"], "-S"),
        (["python3", "-Wignore", "--check-hash-based-pycs", "never", "-sI"], "-I"),
        (["uv", "run", "python", "-I", "app.py"], "-I"),
        (["python", "app.py", "-I"], None),
        (["python", "-m", "app", "-E"], None),
        (["python", "-c", "pass", "-S"], None),
        (["python", "-WI", "-XS", "app.py"], None),
        (["grep", "-I", "python"], None),
        (["python"], None),
    ],
)
def test_an_option_that_leaves_tracetui_out_is_found(words: list[str], option: str | None) -> None:
    """Of Python's own options those alone, not those of the program."""
    assert option_without_startup(words[0], words[1:]) == option


def test_an_isolated_python_is_told_of(project: Path) -> None:
    """`python -I` runs as it would have, and the command says that nothing is recorded; a script's first line too."""
    code, out, err = run(project, "--", sys.executable, "-I", "app.py", program="print('runs')")
    assert (code, out) == (0, "runs\n")
    assert "nothing is recorded: Python with -I" in err
    assert "recording into" not in err
    script = project / "tool"
    script.write_text(f"#!{sys.executable} -sE\nprint('runs too')\n")
    script.chmod(0o755)
    code, out, err = run(project, "--", str(script))
    assert (code, out) == (0, "runs too\n")
    assert "Python with -E" in err
