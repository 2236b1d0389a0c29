"""Maps for print at true scale: a sheet of paper in millimetres, on which the layers of a plan are drawn."""
