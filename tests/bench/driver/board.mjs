// The stamp board (common/stamp_board.hpp) as the driver sees it.
import fs from 'node:fs';

const FIELDS = ['magic', 'prefix', 'capacity', 'measureFrom', 'started', 'ended', 'finished', 'events', 'bytes', 'blockedMaxUs',
  'blockedCount', 'lateMaxUs', 'loggedIn', 'connected', 'deliveries', 'frames', 'receivedBytes', 'lostConnections'];
const NOT_YET = 0xffff_ffff_ffff_ffffn;

export class Board {
  constructor(path) {
    this.path = path;
  }

  read() {
    const file = fs.openSync(this.path, 'r');
    try {
      const bytes = Buffer.alloc(FIELDS.length * 8);
      fs.readSync(file, bytes, 0, bytes.length, 0);
      const result = Object.fromEntries(FIELDS.map((name, i) => [name, Number(bytes.readBigUInt64LE(i * 8))]));
      result.measuring = bytes.readBigUInt64LE(FIELDS.indexOf('measureFrom') * 8) !== NOT_YET;
      return result;
    } finally {
      fs.closeSync(file);
    }
  }

  remove() {
    fs.rmSync(this.path, { force: true });
  }
}
