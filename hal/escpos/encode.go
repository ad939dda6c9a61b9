package escpos

import (
	"errors"
	"fmt"
	"math"

	"tram06/hal"
)

// ErrPage: the raster cannot be printed on this head.
var ErrPage = errors.New("page does not fit the printer")

const (
	esc = 0x1B
	gs  = 0x1D
	dle = 0x10
	eot = 0x04
	enq = 0x05
	dc4 = 0x14

	// bandRows keeps one GS v 0 small: cheap heads accept 256 rows at most, and
	// at 128 two bands fit into the buffer of all but the poorest.
	bandRows = 128
	// segmentBytes of commands at most go out before the printer is asked
	// whether it got there; one full band fits.
	segmentBytes = 9<<10 + 64
	// skipRows is the shortest run of blank rows that is fed instead of sent.
	skipRows = 4
	// dpi of the heads that the kiosks use; also the unit set by GS P, so that
	// ESC J counts dots whatever the model's default unit is.
	dpi = 203
)

var (
	cmdInit    = []byte{esc, '@', gs, 'P', dpi, dpi}
	cmdASB     = []byte{gs, 'a', 0x0E} // report offline, errors, paper by itself
	cmdCut     = []byte{gs, 'V', 66, 0}
	cmdConfirm = []byte{gs, 'r', 1} // answered in order, hence after the cut
	// cmdRecover is DLE ENQ 2: after a jam throw away everything and try again.
	cmdRecover = []byte{dle, enq, 2}
	// cmdClear is DLE DC4 8: throw away everything received. All its bytes are
	// control codes, so a printer that does not know it prints nothing.
	cmdClear = []byte{dle, dc4, 8, 1, 3, 20, 1, 6, 2, 8}
)

// nameCommand asks for the name of the page once that is on paper: GS ( H,
// function 48.
func nameCommand(name [4]byte) []byte {
	return append([]byte{gs, '(', 'H', 6, 0, 48, 48}, name[:]...)
}

// Program is a page as printer commands.
type Program struct {
	data []byte
	ends []int // where each command ends, ascending
}

// Bytes are the commands of the page in order, ending with the cut. The reset
// that has to come before them is the driver's.
func (p *Program) Bytes() []byte { return p.data }

// segments gives the ends of runs of whole commands of up to segmentBytes. The
// cut stands alone: a page that is given up before it is certainly not out.
func (p *Program) segments() []int {
	var out []int
	begin, before := 0, 0
	for i, end := range p.ends {
		if (end-begin > segmentBytes || i == len(p.ends)-1) && before > begin {
			out = append(out, before)
			begin = before
		}
		before = end
	}
	return append(out, before)
}

// part is the commands between two of their ends.
func (p *Program) part(begin, end int) *Program {
	part := &Program{data: p.data[begin:end:end]} // what is added goes elsewhere
	for _, e := range p.ends {
		if e > begin && e <= end {
			part.ends = append(part.ends, e-begin)
		}
	}
	return part
}

func (p *Program) add(b ...byte) {
	p.data = append(p.data, b...)
	p.ends = append(p.ends, len(p.data))
}

// owed tells how many bytes the printer still waits for, within one command,
// when only the first n bytes were sent.
func (p *Program) owed(n int) int {
	begin := 0
	for _, end := range p.ends {
		if n > begin && n < end {
			return end - n
		}
		begin = end
	}
	return 0
}

// Encode turns a page into raster commands for a head of width dots: bands
// without their white right margin, blank rows as feed, and
// a partial cut. It draws no text: the code pages of cheap printers lack
// Vietnamese letters.
func Encode(page hal.Raster, width int) (*Program, error) {
	if err := check(page, width); err != nil {
		return nil, err
	}
	p := &Program{data: make([]byte, 0, len(page.Bits)+64)}
	rowBytes := (page.Width + 7) / 8
	used := make([]int, page.Height) // bytes of each row up to its last dot
	for y := range used {
		used[y] = inked(page, y, rowBytes)
	}
	y := 0
	for _, b := range cutUp(used) {
		if b.wide == 0 {
			p.feed(b.rows)
		} else {
			p.raster(page, y, b.rows, b.wide)
		}
		y += b.rows
	}
	p.add(cmdCut...)
	return p, nil
}

func check(page hal.Raster, width int) error {
	switch {
	case page.Width <= 0 || page.Height <= 0:
		return fmt.Errorf("empty page of %d x %d dots: %w", page.Width, page.Height, ErrPage)
	case page.Width > width:
		return fmt.Errorf("page of %d dots on a head of %d: draw it for this head, or correct width= in the printer's URI (576 for 80 mm paper, 384 for 58 mm): %w", page.Width, width, ErrPage)
	case page.Stride < (page.Width+7)/8 || len(page.Bits) < page.Stride*(page.Height-1)+(page.Width+7)/8:
		return fmt.Errorf("page of %d x %d dots, stride %d, has %d bytes: %w", page.Width, page.Height, page.Stride, len(page.Bits), ErrPage)
	}
	return nil
}

// inked counts the bytes of row y up to the last one with a dot in it.
func inked(page hal.Raster, y, rowBytes int) int {
	row := page.Bits[y*page.Stride : y*page.Stride+rowBytes]
	n := rowBytes
	if n > 0 && row[n-1]&lastMask(page.Width) == 0 {
		n--
		for n > 0 && row[n-1] == 0 {
			n--
		}
	}
	return n
}

// lastMask hides the padding bits of a row's last byte.
func lastMask(width int) byte {
	if r := width % 8; r != 0 {
		return 0xFF << (8 - r)
	}
	return 0xFF
}

// strip is a run of rows that go out together, as a picture of so many bytes a
// row or, when that is 0, as a feed.
type strip struct{ rows, wide int }

// bandCost is what a picture costs beside its own bytes, counted in bytes: its
// head, and more because each one may make the paper stop for a moment.
const bandCost = 40

// cutUp divides the page into strips so that the fewest bytes go out, by looking
// from the end at what each first strip would leave to the rest.
func cutUp(used []int) []strip {
	rows := len(used)
	cost := make([]int, rows+1)
	first := make([]strip, rows+1)
	blank := 0
	for y := rows - 1; y >= 0; y-- {
		if used[y] > 0 {
			blank = 0
		} else if blank++; blank >= skipRows || y+blank == rows {
			first[y], cost[y] = strip{blank, 0}, cost[y+blank]
			continue
		}
		cost[y] = math.MaxInt
		most := min(bandRows, rows-y)
		least := bandCost + cost[y+most] // fewer rows never cost more
		wide := 1
		for n := 1; n <= most && least+n*wide < cost[y]; n++ {
			wide = max(wide, used[y+n-1])
			if c := cost[y+n] + bandCost + n*wide; c < cost[y] {
				first[y], cost[y] = strip{n, wide}, c
			}
		}
	}
	var out []strip
	for y := 0; y < rows; y += first[y].rows {
		out = append(out, first[y])
	}
	return out
}

func (p *Program) feed(rows int) {
	for rows > 0 {
		n := min(rows, 255)
		p.add(esc, 'J', byte(n))
		rows -= n
	}
}

func (p *Program) raster(page hal.Raster, y, rows, wide int) {
	p.data = append(p.data, gs, 'v', '0', 0, byte(wide), byte(wide>>8), byte(rows), byte(rows>>8))
	begin := len(p.data)
	rowBytes := (page.Width + 7) / 8
	for r := y; r < y+rows; r++ {
		p.data = append(p.data, page.Bits[r*page.Stride:r*page.Stride+wide]...)
		if wide == rowBytes {
			p.data[len(p.data)-1] &= lastMask(page.Width)
		}
	}
	defuse(p.data[begin:])
	p.ends = append(p.ends, len(p.data))
}

// defuse adds one dot wherever the picture happens to spell a real-time
// command. Printers obey those even in the middle of a picture: one asks for a
// status nobody waits for, another one clears the buffer or switches off.
func defuse(b []byte) {
	for i := 0; i+1 < len(b); i++ {
		if b[i] == dle && (b[i+1] == eot || b[i+1] == enq || b[i+1] == dc4) {
			b[i] |= 0x08
		}
	}
}
