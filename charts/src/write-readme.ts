import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { valueRows, withTable } from './values-table.ts';

const chart = resolve(import.meta.dirname, '../multiconnect');
const readme = resolve(chart, 'README.md');

writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), valueRows(readFileSync(resolve(chart, 'values.yaml'), 'utf8'))));
