import { workerData } from 'node:worker_threads';
import { hashShared, type SharedParts } from './hash-parts.ts';

// A thread of `hashParts`: takes parts until none is left; what it finds stands in shared memory.
for (const part of hashShared(workerData as SharedParts)) void part;
