import type {Binary, Collection, Db, ObjectId} from 'mongodb';

export type Product = {
	readonly _id: ObjectId;
	readonly slug: string;
	readonly name: string;
	readonly category: string;
	/** Integer paise, tax included. */
	readonly pricePaise: number;
	/** Units left. */
	readonly stock: number;
};

export type User = {
	readonly _id: ObjectId;
	/** Lower case. */
	readonly email: string;
	readonly name: string;
	/** As `hashPassword` makes it. */
	readonly passwordHash: string;
	readonly createdAt: Date;
};

export type Session = {
	/** SHA-256 of the token: who reads the database cannot log in with what stands there. */
	readonly _id: Binary;
	readonly userId: ObjectId;
	readonly expiresAt: Date;
};

export type OrderLine = {
	readonly productId: ObjectId;
	readonly slug: string;
	/** As it was called when it was bought. */
	readonly name: string;
	readonly quantity: number;
	readonly unitPaise: number;
	readonly linePaise: number;
};

export type Order = {
	readonly _id: ObjectId;
	readonly userId: ObjectId;
	readonly lines: readonly OrderLine[];
	readonly totalPaise: number;
	readonly status: 'placed';
	readonly createdAt: Date;
};

export type Collections = {
	readonly products: Collection<Product>;
	readonly users: Collection<User>;
	readonly sessions: Collection<Session>;
	readonly orders: Collection<Order>;
};

export function openCollections(db: Db): Collections {
	return {
		products: db.collection('products'),
		users: db.collection('users'),
		sessions: db.collection('sessions'),
		orders: db.collection('orders'),
	};
}
