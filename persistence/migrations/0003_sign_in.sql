-- Refresh tokens. Everything that rotates or revokes takes the row of the family first, so that no token outlives a revocation.

create table token_families (
  family text primary key check (family <> ''),
  user_id text not null references users on delete cascade,
  opened_at timestamptz not null,
  revoked_at timestamptz
);
create index on token_families (user_id);

create table refresh_tokens (
  -- SHA-256 of the token, hex; the token itself is nowhere.
  hash text primary key check (hash <> ''),
  family text not null references token_families on delete cascade,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  spent_at timestamptz,
  address text not null default '',
  user_agent text not null default ''
);
create index on refresh_tokens (family);
