"""The search page, on Streamlit: `qa ui` opens it. It uses only the public names of `qa_system`."""
