export function order(number: number): Record<string, unknown>;
