package icon

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

type point struct{ x, y float64 }

// polyline is a flattened subpath.
type polyline struct {
	pts    []point
	closed bool
}

// errPath says that path data is not as SVG 1.1, chapter 8.3, wants it.
var errPath = errors.New("bad path data")

// maxPoints bounds what one path may flatten to.
const maxPoints = 1 << 16

// reader walks over path data.
type reader struct {
	s string
	i int
}

func (r *reader) skip() {
	for r.i < len(r.s) && (r.s[r.i] == ' ' || r.s[r.i] == ',' || r.s[r.i] == '\n' || r.s[r.i] == '\t') {
		r.i++
	}
}

// number reads one number; "1-2" and "1.5.5" are two each.
func (r *reader) number() (float64, error) {
	r.skip()
	b, dot, digits := r.i, false, 0
	if r.i < len(r.s) && (r.s[r.i] == '-' || r.s[r.i] == '+') {
		r.i++
	}
	for ; r.i < len(r.s); r.i++ {
		c := r.s[r.i]
		if c == '.' && !dot {
			dot = true
		} else if c >= '0' && c <= '9' {
			digits++
		} else {
			break
		}
	}
	if digits == 0 {
		return 0, fmt.Errorf("%w: no number at %d", errPath, b)
	}
	v, err := strconv.ParseFloat(r.s[b:r.i], 64)
	if err != nil || math.Abs(v) > 1e6 {
		return 0, fmt.Errorf("%w: number at %d", errPath, b)
	}
	return v, nil
}

// flag reads one of the flags of an arc, which need no separator.
func (r *reader) flag() (float64, error) {
	r.skip()
	if r.i >= len(r.s) || (r.s[r.i] != '0' && r.s[r.i] != '1') {
		return 0, fmt.Errorf("%w: no flag at %d", errPath, r.i)
	}
	r.i++
	return float64(r.s[r.i-1] - '0'), nil
}

// arity is how many numbers each command takes.
var arity = map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'S': 4, 'Q': 4, 'T': 2, 'A': 7, 'Z': 0}

// path collects subpaths while commands are played.
type path struct {
	out   []polyline
	cur   point
	ctrl  point // last control point, for S and T
	tol   float64
	total int
}

func (p *path) line(to point) {
	if n := len(p.out); n == 0 || p.out[n-1].closed {
		p.out = append(p.out, polyline{pts: []point{p.cur}})
	}
	l := &p.out[len(p.out)-1]
	l.pts = append(l.pts, to)
	p.cur = to
	p.total++
}

// parse flattens path data into polylines that are at most tol off.
func parse(d string, tol float64) ([]polyline, error) {
	r := &reader{s: d}
	p := &path{tol: math.Max(tol, 1e-3)}
	var cmd, last byte
	for {
		r.skip()
		if r.i >= len(r.s) {
			return p.out, nil
		}
		if c := r.s[r.i]; (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') {
			cmd = c
			r.i++
		} else if cmd == 0 || cmd == 'z' || cmd == 'Z' {
			return nil, fmt.Errorf("%w: no command at %d", errPath, r.i)
		}
		up := cmd &^ 0x20
		n, ok := arity[up]
		if !ok || (last == 0 && up != 'M') {
			return nil, fmt.Errorf("%w: command %q at %d", errPath, cmd, r.i)
		}
		var v [7]float64
		for k := range n {
			var err error
			if up == 'A' && (k == 3 || k == 4) {
				v[k], err = r.flag()
			} else {
				v[k], err = r.number()
			}
			if err != nil {
				return nil, err
			}
		}
		if p.total > maxPoints {
			return nil, fmt.Errorf("%w: too long", errPath)
		}
		p.play(up, cmd != up, v, last)
		last = up
		if up == 'M' { // further pairs are lines
			cmd = 'L' | cmd&0x20
		}
	}
}

// play carries out one command. rel says that its points are relative.
func (p *path) play(cmd byte, rel bool, v [7]float64, last byte) {
	at := func(i int) point {
		q := point{v[i], v[i+1]}
		if rel {
			q.x, q.y = q.x+p.cur.x, q.y+p.cur.y
		}
		return q
	}
	mirror := point{2*p.cur.x - p.ctrl.x, 2*p.cur.y - p.ctrl.y}
	switch cmd {
	case 'M':
		p.cur = at(0)
		p.out = append(p.out, polyline{pts: []point{p.cur}})
	case 'L':
		p.line(at(0))
	case 'H':
		x := v[0]
		if rel {
			x += p.cur.x
		}
		p.line(point{x, p.cur.y})
	case 'V':
		y := v[0]
		if rel {
			y += p.cur.y
		}
		p.line(point{p.cur.x, y})
	case 'C':
		p.cubic(at(0), at(2), at(4))
	case 'S':
		c := p.cur
		if last == 'C' || last == 'S' {
			c = mirror
		}
		p.cubic(c, at(0), at(2))
	case 'Q':
		p.quad(at(0), at(2))
	case 'T':
		c := p.cur
		if last == 'Q' || last == 'T' {
			c = mirror
		}
		p.quad(c, at(0))
	case 'A':
		p.arc(v[0], v[1], v[2], v[3] != 0, v[4] != 0, at(5))
	case 'Z':
		if n := len(p.out); n > 0 && !p.out[n-1].closed {
			p.out[n-1].closed = true
			p.cur = p.out[n-1].pts[0]
		}
	}
}

// steps is into how many chords a curve of the given size is cut.
func (p *path) steps(size float64) int {
	return int(min(max(math.Ceil(math.Sqrt(size/p.tol)), 2), 96))
}

func (p *path) cubic(c1, c2, to point) {
	a := p.cur
	n := p.steps(math.Hypot(c1.x-a.x, c1.y-a.y) + math.Hypot(c2.x-c1.x, c2.y-c1.y) + math.Hypot(to.x-c2.x, to.y-c2.y))
	for i := 1; i <= n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		p.line(point{
			u*u*u*a.x + 3*u*u*t*c1.x + 3*u*t*t*c2.x + t*t*t*to.x,
			u*u*u*a.y + 3*u*u*t*c1.y + 3*u*t*t*c2.y + t*t*t*to.y})
	}
	p.ctrl = c2
}

func (p *path) quad(c, to point) {
	a := p.cur
	p.cubic(point{a.x + 2*(c.x-a.x)/3, a.y + 2*(c.y-a.y)/3}, point{to.x + 2*(c.x-to.x)/3, to.y + 2*(c.y-to.y)/3}, to)
	p.ctrl = c
}

// arc follows SVG 1.1, appendix F.6.5: from end points to centre and angles.
func (p *path) arc(rx, ry, turn float64, large, sweep bool, to point) {
	a := p.cur
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || a == to {
		p.line(to)
		return
	}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	dx, dy := (a.x-to.x)/2, (a.y-to.y)/2
	x, y := cos*dx+sin*dy, -sin*dx+cos*dy
	if l := x*x/(rx*rx) + y*y/(ry*ry); l > 1 {
		rx, ry = rx*math.Sqrt(l), ry*math.Sqrt(l)
	}
	k := math.Sqrt(max(0, (rx*rx*ry*ry-rx*rx*y*y-ry*ry*x*x)/(rx*rx*y*y+ry*ry*x*x)))
	if large == sweep {
		k = -k
	}
	cx, cy := k*rx*y/ry, -k*ry*x/rx
	mid := point{cos*cx - sin*cy + (a.x+to.x)/2, sin*cx + cos*cy + (a.y+to.y)/2}
	t0 := math.Atan2((y-cy)/ry, (x-cx)/rx)
	dt := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - t0
	if sweep && dt < 0 {
		dt += 2 * math.Pi
	} else if !sweep && dt > 0 {
		dt -= 2 * math.Pi
	}
	n := p.steps(math.Abs(dt) * max(rx, ry) * 2)
	for i := 1; i < n; i++ {
		st, ct := math.Sincos(t0 + dt*float64(i)/float64(n))
		p.line(point{mid.x + cos*rx*ct - sin*ry*st, mid.y + sin*rx*ct + cos*ry*st})
	}
	p.line(to)
}
