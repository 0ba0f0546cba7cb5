"""Lays out the tables as the lessons find them: the flights of a year by month, the other tables as they are."""

import io
import shutil
import sys
import zipfile
from pathlib import Path

FLIGHTS = 336_776

source, target = Path(sys.argv[1]), Path(sys.argv[2])
months = target / "flights"
months.mkdir(parents=True)

with zipfile.ZipFile(source / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
    lines = io.TextIOWrapper(file, encoding="utf-8", newline="")
    header = next(lines)
    files, count = {}, 0
    for count, line in enumerate(lines, start=1):
        year, month, _ = line.split(",", 2)
        name = f"{year}-{int(month):02}.csv"
        if name not in files:
            files[name] = open(months / name, "w", encoding="utf-8", newline="")
            files[name].write(header)
        files[name].write(line)
    for each in files.values():
        each.close()

for table in ("airlines", "airports", "planes", "weather"):
    shutil.copyfile(source / f"{table}.csv", target / f"{table}.csv")

print(f"{count} flights in {len(files)} months")
if count != FLIGHTS or len(files) != 12:
    sys.exit("this is not the year that the lessons are about")
