// Makes the files beside this one, with programs that know nothing of ours:
//
//	npm install @point-of-sale/receipt-printer-encoder@4.0.1 receiptline@4.0.4
//	node make.mjs
//
// The encoder's licence is MIT, receiptline's Apache-2.0; what they make of our
// words is ours.
import fs from 'fs';
import { createRequire } from 'module';
const require = createRequire(import.meta.url);
const { default: Encoder } = await import('@point-of-sale/receipt-printer-encoder');
const receiptline = require('receiptline');
const { PNG } = require('pngjs');

// A picture that is no symmetry of itself: a stair with a border.
const side = 64, img = { width: side, height: side, data: new Uint8ClampedArray(side * side * 4) };
for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
  const black = x < 2 || y < 2 || x < (y >> 3) * 8 && ((x ^ y) & 4);
  const o = (y * side + x) * 4;
  img.data[o] = img.data[o + 1] = img.data[o + 2] = black ? 0 : 255; img.data[o + 3] = 255;
}
const base = () => new Encoder({ language: 'esc-pos', columns: 48, imageMode: 'raster' }).initialize();
const write = (name, bytes) => fs.writeFileSync(name, Buffer.from(bytes));

write('encoder-receipt.bin', base().align('center').bold(true).line('TRAM 06').bold(false).align('left')
  .text('So: ').underline(true).line('SM06-2311-0042').underline(false).size(2, 2).line('LON').size(1, 1)
  .invert(true).line('DAO').invert(false).align('center')
  .qrcode('https://example.vn/receipt?id=SM06-2311-0042', { model: 2, size: 6, errorlevel: 'm' })
  .newline().cut('partial').encode());
write('encoder-image.bin', base().align('left').image(img, side, side, 'threshold').newline().cut('full').encode());

const png = new PNG({ width: side, height: side }); png.data = Buffer.from(img.data);
const picture = PNG.sync.write(png).toString('base64');
const receipt = `{width:48}\n^^^TRAM 06\n\nSo | SM06-2311-0042\n---\n{code:https://example.vn/receipt?id=SM06-2311-0043;option:qrcode,6,m}\n=\n`;
for (const command of ['escpos', 'generic']) {
  const print = (doc) => Buffer.from(receiptline.transform(doc, { cpl: 48, encoding: 'multilingual', command, cutting: true }), 'binary');
  write(`receiptline-${command}-receipt.bin`, print(receipt));
  if (command === 'escpos') write('receiptline-escpos-image.bin', print(`{image:${picture}}\n=\n`));
}
// The picture as text, to compare with.
let txt = '';
for (let y = 0; y < side; y++) { for (let x = 0; x < side; x++) txt += img.data[(y * side + x) * 4] ? '.' : '#'; txt += '\n'; }
fs.writeFileSync('image.txt', txt);
