#!/usr/bin/env node
// Where the program begins. Memory that a thread gave back is reused by that thread alone, and any thread of Node's pool may run a
// statement of the engine: with two of them, not four, 12 million films take a seventh less memory, and no longer. Node makes the
// pool when the first ES module is loaded, so this is none.
process.env['UV_THREADPOOL_SIZE'] ??= '2';
void import('./main.js');
