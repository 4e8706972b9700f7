"""The viewer as an ASGI application whose every request passes the check of loopback.py; serve.py runs it."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from app.loopback import OwnPagesOnly

app = st.App(Path(__file__).with_name("main.py"), middleware=[Middleware(OwnPagesOnly)])
