"""Connections to the world outside: HTTP, feeds' servers, dbt."""
