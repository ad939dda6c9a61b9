package jp2

import (
	"encoding/binary"
	"fmt"
)

// Markers: ISO/IEC 15444-1 table A.2.
const (
	markSOC = 0xFF4F
	markSIZ = 0xFF51
	markCOD = 0xFF52
	markCOC = 0xFF53
	markQCD = 0xFF5C
	markQCC = 0xFF5D
	markRGN = 0xFF5E
	markPOC = 0xFF5F
	markPPM = 0xFF60
	markPPT = 0xFF61
	markSOT = 0xFF90
	markSOP = 0xFF91
	markEPH = 0xFF92
	markSOD = 0xFF93
	markEOC = 0xFFD9
)

// component of the picture, as SIZ says.
type component struct {
	bits   int
	signed bool
	dx, dy int // one sample for so many pixels
}

// geometry of the reference grid.
type geometry struct {
	x0, y0, x1, y1   int // the picture
	tx0, ty0, tw, th int // the first tile and the size of all
	across, down     int // tiles
	components       []component
}

func (g geometry) pixels() (w, h int) { return g.x1 - g.x0, g.y1 - g.y0 }

// style is COD or COC: how a component is coded.
type style struct {
	levels     int
	cbw, cbh   int // log2 of the code-block's size
	blockStyle byte
	reversible bool
	precincts  [maxLevels + 1]byte // a resolution: log2 of width, of height above
}

// quant is QCD or QCC.
type quant struct {
	kind  byte // 0 none, 1 derived, 2 expounded
	guard int
	steps []step
}

type step struct{ exponent, mantissa int }

// order is one progression volume.
type order struct {
	kind                 byte
	res0, res1           int
	comp0, comp1, layers int
}

// coding is all that holds for one tile.
type coding struct {
	progression byte
	layers      int
	transform   bool // of the components
	sop, eph    bool
	styles      []style // a component
	quants      []quant
	ownStyle    []bool // COC overrides COD
	ownQuant    []bool
	orders      []order // POC
}

const (
	maxLevels     = 32
	maxComponents = 4
	maxTiles      = 1024
	maxBits       = 16
)

type decoder struct {
	data  []byte
	size  geometry
	main  coding
	tiles []tileData
	work  meter
	out   []plane

	coefficients samples // of the component that is being decoded
}

// tileData is what the tile-parts of one tile hold.
type tileData struct {
	coding *coding
	bodies [][]byte
}

// segment takes one marker segment's contents off b.
func segment(b []byte) (body, rest []byte, err error) {
	if len(b) < 2 {
		return nil, nil, fmt.Errorf("%w: marker segment cut short", ErrFormat)
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < 2 || n > len(b) {
		return nil, nil, fmt.Errorf("%w: marker segment of %d bytes", ErrFormat, n)
	}
	return b[2:n], b[n:], nil
}

// mainHeader reads up to the first tile-part.
func (d *decoder) mainHeader(opt Options) error {
	b := d.data[2:]
	var haveSize, haveStyle, haveQuant bool
	for {
		if len(b) < 2 {
			return fmt.Errorf("%w: header cut short", ErrFormat)
		}
		mark := int(binary.BigEndian.Uint16(b))
		if mark == markSOT {
			break
		}
		body, rest, err := segment(b[2:])
		if err != nil {
			return err
		}
		switch {
		case mark == markSIZ && !haveSize:
			haveSize = true
			if err := d.readSize(body, opt); err != nil {
				return err
			}
		case !haveSize:
			return fmt.Errorf("%w: marker %04X before the size", ErrFormat, mark)
		default:
			haveStyle = haveStyle || mark == markCOD
			haveQuant = haveQuant || mark == markQCD
			if err := d.main.read(mark, body); err != nil {
				return err
			}
		}
		b = rest
	}
	if !haveStyle || !haveQuant {
		return fmt.Errorf("%w: header without coding style or quantization", ErrFormat)
	}
	d.data = b
	return nil
}

func (d *decoder) readSize(b []byte, opt Options) error {
	if len(b) < 36 {
		return fmt.Errorf("%w: size cut short", ErrFormat)
	}
	at := func(i int) int { return int(binary.BigEndian.Uint32(b[2+4*i:])) }
	g := geometry{x1: at(0), y1: at(1), x0: at(2), y0: at(3), tw: at(4), th: at(5), tx0: at(6), ty0: at(7)}
	n := int(binary.BigEndian.Uint16(b[34:]))
	w, h := g.pixels()
	if w <= 0 || h <= 0 || g.tw <= 0 || g.th <= 0 || g.tx0 > g.x0 || g.ty0 > g.y0 || g.tx0+g.tw <= g.x0 || g.ty0+g.th <= g.y0 {
		return fmt.Errorf("%w: picture without an area", ErrFormat)
	}
	if g.x1 > 1<<31-1 || g.y1 > 1<<31-1 || w > opt.MaxPixels || h > opt.MaxPixels || w*h > opt.MaxPixels {
		return fmt.Errorf("%w: %d by %d", ErrTooLarge, w, h)
	}
	if n < 1 || len(b) < 36+3*n {
		return fmt.Errorf("%w: %d components", ErrFormat, n)
	}
	if n > maxComponents {
		return fmt.Errorf("%w: %d components", ErrUnsupported, n)
	}
	for i := range n {
		c := b[36+3*i:]
		comp := component{bits: int(c[0]&0x7F) + 1, signed: c[0]&0x80 != 0, dx: int(c[1]), dy: int(c[2])}
		if comp.dx == 0 || comp.dy == 0 {
			return fmt.Errorf("%w: component without samples", ErrFormat)
		}
		if comp.bits > maxBits {
			return fmt.Errorf("%w: %d bits", ErrUnsupported, comp.bits)
		}
		if ceilDiv(g.x1, comp.dx) <= ceilDiv(g.x0, comp.dx) || ceilDiv(g.y1, comp.dy) <= ceilDiv(g.y0, comp.dy) {
			return fmt.Errorf("%w: component without samples", ErrFormat)
		}
		g.components = append(g.components, comp)
	}
	g.across, g.down = ceilDiv(g.x1-g.tx0, g.tw), ceilDiv(g.y1-g.ty0, g.th)
	if g.across > maxTiles || g.down > maxTiles || g.across*g.down > maxTiles {
		return fmt.Errorf("%w: %d by %d tiles", ErrTooLarge, g.across, g.down)
	}
	d.size = g
	d.work.left = 1<<20 + opt.MaxWork*w*h*n
	d.main = coding{styles: make([]style, n), quants: make([]quant, n), ownStyle: make([]bool, n), ownQuant: make([]bool, n)}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// ceilShift is a / 2^n, rounded up; a may be negative.
func ceilShift(a, n int) int { return (a + 1<<n - 1) >> n }

// tileParts collects what belongs to each tile. A tile-part that claims more
// than there is gets what there is.
func (d *decoder) tileParts() error {
	d.tiles = make([]tileData, d.size.across*d.size.down)
	b := d.data
	for len(b) >= 12 && binary.BigEndian.Uint16(b) == markSOT {
		index, length, part := int(binary.BigEndian.Uint16(b[4:])), int(binary.BigEndian.Uint32(b[6:])), b[10]
		if index >= len(d.tiles) {
			return fmt.Errorf("%w: tile %d of %d", ErrFormat, index, len(d.tiles))
		}
		if length == 0 || length > len(b) { // 0: up to the end of the codestream
			length = len(b)
		}
		if length < 14 {
			return fmt.Errorf("%w: tile-part of %d bytes", ErrFormat, length)
		}
		t := &d.tiles[index]
		body, err := d.tileHeader(t, b[12:length], part)
		if err != nil {
			return err
		}
		t.bodies = append(t.bodies, body)
		b = b[length:]
	}
	return nil
}

// tileHeader reads the markers of a tile-part and returns its packets.
func (d *decoder) tileHeader(t *tileData, b []byte, part byte) ([]byte, error) {
	for {
		if len(b) < 2 {
			return nil, fmt.Errorf("%w: tile header cut short", ErrFormat)
		}
		mark := int(binary.BigEndian.Uint16(b))
		if mark == markSOD {
			return b[2:], nil
		}
		body, rest, err := segment(b[2:])
		if err != nil {
			return nil, err
		}
		if part != 0 && (mark == markCOD || mark == markCOC || mark == markQCD || mark == markQCC) {
			return nil, fmt.Errorf("%w: coding style in a later tile-part", ErrFormat)
		}
		if t.coding == nil {
			t.coding = d.main.clone()
		}
		if err := t.coding.read(mark, body); err != nil {
			return nil, err
		}
		b = rest
	}
}
