"""How the server is set up."""

import socket
import sys

import pytest
from streamlit import config

from qa_system import SettingsError, load_settings
from qa_system.ui import launch


def test_streamlit_knows_every_option() -> None:
    assert set(launch.settings_of_streamlit(load_settings(), "localhost", 8501)) <= set(config._config_options_template)


def test_it_listens_where_it_is_told() -> None:
    options = launch.settings_of_streamlit(load_settings(), "0.0.0.0", 9000)
    assert (options["server.address"], options["server.port"]) == ("0.0.0.0", 9000)
    assert "server.port" not in launch.settings_of_streamlit(load_settings(), "localhost", None)


def test_uploads_are_limited_by_our_setting() -> None:
    settings = load_settings(overrides={"ui": {"max_upload_mb": 7}})
    assert launch.settings_of_streamlit(settings, "localhost", None)["server.maxUploadSize"] == 7


def test_a_taken_port_says_what_to_do() -> None:
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"localhost:{port}.*--port"):
            launch.serve(load_settings(), port=port, on_ready=print)


def test_without_streamlit_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streamlit", None)
    with pytest.raises(SettingsError, match=r"qa-system\[ui\]"):
        launch.serve(load_settings(), on_ready=print)
