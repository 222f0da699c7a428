/**
 * A changelog with one more release in it: below its title and whatever stands before the newest release, above that.
 * An empty file gets a title.
 */
export function addToChangelog(
	changelog: string,
	{version, date, notes}: {version: string; date: string; notes: string},
): string {
	const entry = `## ${version} (${date})\n\n${notes.trim().replaceAll(/^(#+ )/gm, '#$1')}\n`;
	if (changelog.trim() === '') return `# Changelog\n\n${entry}`;
	const text = changelog.replaceAll('\r\n', '\n');
	const newest = [...text.matchAll(/^## .*$/gm)].find(([heading]) => !/unreleased/i.test(heading));
	if (newest) return `${text.slice(0, newest.index)}${entry}\n${text.slice(newest.index)}`;
	return `${text.trimEnd()}\n\n${entry}`;
}
