// A fresh database in the instance's PostgreSQL for each test file.
import pg from 'pg';
import { services } from './instance.mjs';

let made = 0;

/** {url, query(sql, params) -> rows, drop()}. Each query has its own connection: a stop of PostgreSQL does no harm. */
export async function freshDatabase() {
  const admin = services().EVS_PG_URL;
  const name = `evs_t${process.pid}_${made++}`;
  await query(admin, `create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    query: (sql, params) => query(url.href, sql, params),
    drop: () => query(admin, `drop database if exists ${name} with (force)`),
  };
}

async function query(url, sql, params) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {}); // the server went away; the query below says so
  await client.connect();
  try {
    return (await client.query(sql, params)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}
