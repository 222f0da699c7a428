/** Stirling's series (DLMF 5.11.1) from 10 on; smaller arguments are brought there. */
export function logGamma(x: number): number {
	let shift = 0;
	let z = x;
	for (; z < 10; z++) shift += Math.log(z);
	const inverse = 1 / z;
	const square = inverse * inverse;
	const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
	return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

const SMALL_FACTORIALS = Float64Array.from({length: 512}, (_, n) => logGamma(n + 1));

/** ln n! of a whole number. */
export function logFactorial(n: number): number {
	return SMALL_FACTORIALS[n] ?? logGamma(n + 1);
}
