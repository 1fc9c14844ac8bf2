#!/usr/bin/env node
// Starts the program of this machine's package. No script runs at installation: npm picks the package by `os` and `cpu`.
"use strict";

const { spawnSync } = require("child_process");

const name = `@keydredge/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "keydredge.exe" : "keydredge";
let program;
try {
  program = require.resolve(`${name}/${file}`);
} catch {
  console.error(`keydredge: the package ${name} is not installed, so nothing was scanned. It is an optional dependency:`);
  console.error("install without --omit=optional, on a system that keydredge is released for.");
  process.exit(2);
}
const { status, signal, error } = spawnSync(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (error) {
  console.error(`keydredge: ${program} cannot be run: ${error.message}`);
  process.exit(2);
}
if (signal) {
  process.kill(process.pid, signal);
}
// A run that a signal ended is never clean.
process.exit(status === null ? 2 : status);
