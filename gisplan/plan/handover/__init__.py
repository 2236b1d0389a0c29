"""What is handed over: to QGIS, to other programs, and to whoever audits the figures."""
