import {EXIT} from '../kernel/exit-codes.js';
import {VERSION} from './version.js';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
	process.stdout.write(`${VERSION}\n`);
} else {
	const {main} = await import('./main.js');
	const exitCode = await main(argv);
	// Sockets kept alive by a client must not keep the process; what was written must still get out.
	process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
	process.exitCode = exitCode === EXIT.ok ? 0 : exitCode;
}
