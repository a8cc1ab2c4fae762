"""The power-cut examination: record, rebuild what a disk could hold, start on it, judge."""
