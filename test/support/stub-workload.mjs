export const name = 'stub';
export const operations = [
	{
		name: 'ask',
		weight: 1,
		run: ({db, index}) => db.collection('things').find({index}).toArray(),
	},
];
