package jp2

// tagTree is ISO/IEC 15444-1 section B.10.2: values of a grid, coded from the
// smallest of each two by two upwards.
type tagTree struct {
	widths []int // a level, leaves first
	starts []int // of the levels in nodes
	nodes  []tagNode
}

type tagNode struct {
	low   int32 // the value is not below
	known bool
}

func newTagTree(w, h int) tagTree {
	var t tagTree
	n := 0
	for {
		t.widths, t.starts = append(t.widths, w), append(t.starts, n)
		n += w * h
		if w*h <= 1 {
			break
		}
		w, h = (w+1)/2, (h+1)/2
	}
	t.nodes = make([]tagNode, n)
	return t
}

// below tells whether the value at x, y is below limit, and reads as many bits
// as that takes.
func (t *tagTree) below(r *bitReader, x, y int, limit int32) bool {
	low := int32(0)
	var n *tagNode
	for level := len(t.widths) - 1; level >= 0; level-- {
		n = &t.nodes[t.starts[level]+(y>>level)*t.widths[level]+x>>level]
		n.low = max(n.low, low)
		for n.low < limit && !n.known {
			if r.bit() == 1 {
				n.known = true
			} else {
				n.low++
			}
		}
		low = n.low
	}
	return n.known && n.low < limit
}

// bitReader reads packet headers: a bit is stuffed behind each byte FF.
type bitReader struct {
	b    []byte
	at   int
	cur  byte
	left int
	end  bool // more was asked for than there is
}

func (r *bitReader) bit() int {
	if r.left == 0 {
		r.next()
	}
	r.left--
	return int(r.cur>>r.left) & 1
}

func (r *bitReader) next() {
	stuffed := r.cur == 0xFF
	if r.at >= len(r.b) {
		r.end, r.cur, r.left = true, 0, 8
		return
	}
	r.cur, r.left = r.b[r.at], 8
	r.at++
	if stuffed {
		r.left = 7
	}
}

func (r *bitReader) bits(n int) int {
	v := 0
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

// align ends a header: what is left of the byte is padding, and a byte behind
// FF belongs to it.
func (r *bitReader) align() {
	r.left = 0
	if r.cur == 0xFF && r.at < len(r.b) {
		r.at++
	}
}
