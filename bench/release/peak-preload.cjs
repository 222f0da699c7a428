const {writeFileSync} = require('node:fs');
const file = process.env.BENCH_PEAK;

process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS)));
