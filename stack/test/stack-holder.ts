import { startLocalStack } from '../src/local/index.ts'

// A process of its own that starts a stack and keeps it: `node stack-holder.js DIRECTORY DOWNLOADS`. Prints what it
// does, a line each, and `up` with the pids when all is ready.
const [directory = '', downloads = ''] = process.argv.slice(2)
const stack = await startLocalStack({ directory, downloads, onProgress: (line) => console.log(line) })
console.log(`up ${JSON.stringify(stack.pids)}`)
setInterval(() => undefined, 60_000)
