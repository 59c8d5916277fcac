"""`autolog`: which instrumentors it finds, when it puts them to work, and what it says where it cannot."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.tracer.instrumentation import autolog as autologging
from tracetui.tracer.libraries import ALIASES, KNOWN, canonical

ROOT = Path(__file__).parents[3]

INSTRUMENTOR = """
class Instrumentor:
    is_instrumented_by_opentelemetry = {is_instrumented}

    def _check_dependency_conflicts(self):
        return {conflict!r}

    def instrument(self, tracer_provider, **_):
        {fails}
        import {library} as library
        self.call, tracer = library.call, tracer_provider.get_tracer("test")

        def recorded():
            with tracer.start_as_current_span("call"):
                return self.call()

        library.call = recorded

    def uninstrument(self):
        import {library} as library
        library.call = self.call
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a library of that name with `call`, and an instrumentor for it."""
    pytest.importorskip("wrapt", reason="comes with the instrumentors")
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    installed: list[str] = []

    def install(
        library: str, *, is_instrumented: bool = False, conflict: str | None = None, fails: str = "pass"
    ) -> None:
        (site / f"{library}.py").write_text("def call():\n    return 1\n")
        (site / f"{library}_instrumentor.py").write_text(
            INSTRUMENTOR.format(library=library, is_instrumented=is_instrumented, conflict=conflict, fails=fails)
        )
        listed = site / f"{library}_instrumentor-1.0.dist-info"
        listed.mkdir()
        (listed / "METADATA").write_text(f"Name: {library}-instrumentor\nVersion: 1.0\n")
        (listed / "entry_points.txt").write_text(
            f"[opentelemetry_instrumentor]\n{library} = {library}_instrumentor:Instrumentor\n"
        )
        importlib.invalidate_caches()
        installed.append(library)

    yield install
    tracer.autolog(*installed, disable=True)
    for library in installed:
        sys.modules.pop(library, None)
        sys.modules.pop(f"{library}_instrumentor", None)


def imported(library: str) -> Any:
    return importlib.import_module(library)


def test_a_library_is_instrumented_when_it_is_imported(install: Install, recorded: Recorded) -> None:
    """Asking costs no import."""
    install("alpha_llm")
    tracer.autolog("alpha_llm")
    assert "alpha_llm" not in sys.modules
    with tracer.start_span("ours") as ours:
        assert imported("alpha_llm").call() == 1
    assert recorded.span("call")["parent_id"] == ours.span_id


def test_a_library_that_is_imported_is_instrumented_now(install: Install, recorded: Recorded) -> None:
    """In whichever order the program has it; twice does nothing more."""
    install("beta_llm")
    library = imported("beta_llm")
    tracer.autolog("beta-llm")
    tracer.autolog("beta_llm")
    library.call()
    assert len(recorded.spans()) == 1


def test_disable_takes_it_back(install: Install, recorded: Recorded) -> None:
    """By name, or everything; also before the library was imported. It can be started again."""
    install("gamma_llm")
    tracer.autolog("gamma_llm")
    library = imported("gamma_llm")
    tracer.autolog(disable=True)
    library.call()
    tracer.autolog("gamma_llm", log_traces=False)
    library.call()
    assert tracer.flush()
    assert not recorded.path.exists()
    tracer.autolog("gamma_llm")
    library.call()
    assert len(recorded.spans()) == 1


def test_a_library_disabled_before_its_import_is_left_alone(install: Install, recorded: Recorded) -> None:
    """The wait for its import is over, too."""
    install("delta_llm")
    tracer.autolog("delta_llm")
    tracer.autolog("delta_llm", disable=True)
    imported("delta_llm").call()
    assert tracer.flush()
    assert not recorded.path.exists()


def test_without_names_all_that_is_installed_is_recorded(
    install: Install, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of libraries that are not installed are passed over."""
    install("epsilon_llm")
    found = autologging.instrumentors()
    monkeypatch.setattr(
        autologging, "instrumentors", lambda: {"epsilon_llm": found["epsilon_llm"], "gone": found["epsilon_llm"]}
    )
    tracer.autolog()
    imported("epsilon_llm").call()
    assert len(recorded.spans()) == 1


@pytest.mark.parametrize(
    ("library", "how", "said"),
    [
        ("zeta_llm", {"conflict": "zeta_llm >= 2 is needed"}, "zeta_llm >= 2 is needed"),
        ("theta_llm", {"fails": "raise RuntimeError('odd version')"}, "odd version"),
    ],
)
def test_what_cannot_be_instrumented_is_said_and_works_as_before(
    install: Install, caplog: pytest.LogCaptureFixture, library: str, how: dict[str, Any], said: str
) -> None:
    """An import of the program never fails for us."""
    install(library, **how)
    with caplog.at_level(logging.WARNING, "tracetui"):
        tracer.autolog(library)
        assert imported(library).call() == 1
    assert said in caplog.text


def test_a_library_that_the_program_instruments_itself_is_left_to_it(
    install: Install, recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    """Its spans come through the program's provider, so there is nothing to say and nothing to add."""
    install("eta_llm", is_instrumented=True)
    tracer.autolog("eta_llm")
    assert imported("eta_llm").call() == 1
    assert caplog.text == ""
    assert tracer.flush()
    assert not recorded.path.exists()


@pytest.fixture
def two_with_one(install: Install, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Installs two libraries whose instrumentors are in one module, which imports both."""

    def two_with_one(first: str, second: str, *, meanwhile: str = "pass") -> None:
        site = tmp_path / "site"
        for library in (first, second):
            install(library)
            (site / f"{library}_instrumentor-1.0.dist-info" / "entry_points.txt").write_text(
                f"[opentelemetry_instrumentor]\n{library} = {first}_and_other:{library}\n"
            )
        (site / f"{first}_and_other.py").write_text(
            f"{meanwhile}\nimport importlib\n"
            f"for name in ({first!r}, {second!r}):\n    importlib.import_module(name)\n"
            f"from {first}_instrumentor import Instrumentor as {first}\n"
            f"from {second}_instrumentor import Instrumentor as {second}\n"
        )
        shared.append(f"{first}_and_other")

    shared: list[str] = []
    yield two_with_one
    for module in shared:
        sys.modules.pop(module, None)


@pytest.mark.parametrize("order", [(0,), (1,), (0, 1), (1, 0)])
def test_an_instrumentor_may_import_other_libraries_that_are_asked_for(
    two_with_one: Callable[..., None], recorded: Recorded, caplog: pytest.LogCaptureFixture, order: tuple[int, ...]
) -> None:
    """As httpx's does httpx2, which the client of OpenAI imports: each is recorded, whichever comes first."""
    names = [f"kappa_{''.join(map(str, order))}_llm", f"lambda_{''.join(map(str, order))}_llm"]
    two_with_one(*names)
    tracer.autolog(*names)
    for place in order:
        imported(names[place])
    for name in names:
        imported(name).call()
    assert len(recorded.spans()) == 2
    assert caplog.text == ""


def test_libraries_that_threads_import_at_once_are_recorded(
    two_with_one: Callable[..., None], tmp_path: Path, recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    """Each thread waits for the other's import: no import fails for it, and both libraries are recorded in the end."""
    (tmp_path / "site" / "mu_gate.py").write_text(
        "import threading\nis_loading, is_imported = threading.Event(), threading.Event()\n"
    )
    loading = "import mu_gate\nmu_gate.is_loading.set()\nmu_gate.is_imported.wait(30)"
    two_with_one("mu_llm", "nu_llm", meanwhile=loading)
    (tmp_path / "site" / "nu_llm.py").write_text(
        "import mu_gate\nmu_gate.is_loading.wait(30)\ndef call():\n    return 1\nmu_gate.is_imported.set()\n"
    )
    tracer.autolog("mu_llm", "nu_llm")
    with ThreadPoolExecutor(2) as pool:
        libraries = list(pool.map(imported, ("mu_llm", "nu_llm")))
    wait_until(
        lambda: all(library.call.__name__ == "recorded" for library in libraries), "both libraries to be instrumented"
    )
    for library in libraries:
        library.call()
    assert len(recorded.spans()) == 2
    assert caplog.text == ""


def test_imports_of_other_threads_never_fail_for_an_instrumentor(
    install: Install, tmp_path: Path, recorded: Recorded
) -> None:
    """It imports what a thread is importing, which needs the library that is being instrumented."""
    install("xi_llm")
    site = tmp_path / "site"
    (site / "xi_llm.py").unlink()
    (site / "xi_llm").mkdir()
    (site / "xi_llm" / "__init__.py").write_text("def call():\n    return 1\n")
    (site / "xi_llm" / "part.py").write_text(
        "import importlib, time, xi_gate, _frozen_importlib as locks\n"
        "xi_gate.is_begun.set()\n"
        "for _ in range(2000):  # until the other thread waits for this import\n"
        "    if locks._blocking_on:\n"
        "        break\n"
        "    time.sleep(0.001)\n"
        "call = importlib.import_module('xi_llm').call\n"
    )
    gate = "import threading\nis_loading, is_begun = threading.Event(), threading.Event()\n"
    (site / "xi_gate.py").write_text(gate)
    instrumentor = site / "xi_llm_instrumentor.py"
    waiting = "import xi_gate\nxi_gate.is_loading.set()\nxi_gate.is_begun.wait(30)\nimport xi_llm.part\n"
    instrumentor.write_text(waiting + instrumentor.read_text())
    tracer.autolog("xi_llm")

    def import_part() -> Any:
        imported("xi_gate").is_loading.wait(30)
        return imported("xi_llm.part")

    with ThreadPoolExecutor(2) as pool:
        library, part = pool.submit(imported, "xi_llm"), pool.submit(import_part)
        assert part.result().call() == 1
    wait_until(lambda: library.result().call.__name__ == "recorded", "the library to be instrumented")


def test_silent_says_nothing(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    """MLflow's argument."""
    install("iota_llm", conflict="too old")
    tracer.autolog("iota_llm", silent=True)
    imported("iota_llm")
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["openai", "llama-index", "fastapi"])
def test_a_missing_instrumentor_names_the_extra(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The way out can be pasted."""
    monkeypatch.setattr(autologging, "instrumentors", dict)
    with pytest.raises(ImportError, match=rf"pip install 'tracetui\[{name}\]'"):
        tracer.autolog(name)


def test_a_library_nobody_knows_is_told_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error shows."""
    monkeypatch.setattr(autologging, "instrumentors", dict)
    with pytest.raises(ImportError, match=r"no instrumentor of that name.*openai"):
        tracer.autolog("opnai")


def test_a_missing_library_is_named(install: Install, tmp_path: Path) -> None:
    """Its instrumentor alone records nothing."""
    install("kappa_llm")
    (tmp_path / "site" / "kappa_llm.py").unlink()
    importlib.invalidate_caches()
    with pytest.raises(ImportError, match="kappa_llm is not installed"):
        tracer.autolog("kappa_llm")


def test_nothing_to_record_is_one_line(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """And none with `silent`."""
    monkeypatch.setattr(autologging, "instrumentors", dict)
    tracer.autolog(silent=True)
    assert caplog.text == ""
    tracer.autolog()
    tracer.autolog()
    assert len(caplog.records) == 1
    assert "pip install 'tracetui[" in caplog.text


def test_libraries_have_autolog_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow's spelling: `tracer.openai.autolog()`."""
    monkeypatch.setattr(autologging, "instrumentors", dict)
    with pytest.raises(ImportError, match="openinference-instrumentation-openai"):
        tracer.openai.autolog()
    with pytest.raises(ImportError, match="openinference-instrumentation-google-genai"):
        getattr(tracer, "gemini").autolog(silent=True)  # noqa: B009
    with pytest.raises(AttributeError, match="no attribute 'opnai'"):
        getattr(tracer, "opnai")  # noqa: B009


def test_every_extra_is_declared() -> None:
    """The extra that an error names exists and brings the instrumentor it says."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for name, library in KNOWN.items():
        assert any(needed.startswith(f"{library.instrumentor}>=") for needed in extras[library.extra]), name
    gathered = "".join(extras["llm"] + extras["autolog"])
    assert all(library.extra in gathered for library in KNOWN.values())
    assert all(canonical(alias) in KNOWN for alias in ALIASES)


def test_asking_for_a_library_imports_no_opentelemetry() -> None:
    """Not before there is something to instrument."""
    program = (
        "import sys; from tracetui import tracer; from tracetui.tracer.instrumentation import autolog as autologging;"
        " autologging.instrumentors = dict; tracer.autolog(silent=True);"
        " print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_names_may_come_in_a_list(recorded: Recorded, install: Install) -> None:
    """`autolog(["first", "second"])`; an empty list is none, and what is no name is an error that says so."""
    install("listed_first")
    install("listed_second")
    tracer.autolog(["listed_first", ("listed_second",)])  # type: ignore[list-item]
    for name in ("listed_first", "listed_second"):
        importlib.import_module(name).call()
    assert len(recorded.spans()) == 2
    tracer.autolog([])
    tracer.autolog([], disable=True)
    importlib.import_module("listed_first").call()
    assert len(recorded.spans()) == 3
    tracer.autolog(["listed_first"], disable=True)
    importlib.import_module("listed_first").call()
    assert len(recorded.spans()) == 3
    with pytest.raises(TypeError, match=r'autolog\("openai"\), not 5'):
        tracer.autolog(5)  # type: ignore[arg-type]


def test_autolog_may_be_the_first_that_imports_the_opentelemetry_api() -> None:
    """In a program that has imported its client already, and no other module of OpenTelemetry's."""
    pytest.importorskip("openinference.instrumentation.openai")
    program = """
import sys, openai
from tracetui import tracer
assert "opentelemetry.trace" not in sys.modules
tracer.autolog("openai")
print("opentelemetry.trace" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "True\n"), ran.stderr
