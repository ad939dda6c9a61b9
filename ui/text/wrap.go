package text

import (
	"strings"
	"unicode/utf8"

	"tram06/ui/scene"
)

// Wrap breaks s into lines no wider than width. It breaks at spaces and at
// "\n", never at a no-break space or inside a compound; a word wider than a line is cut between
// characters, so that nothing ever runs out of its panel. A single word is not
// left alone on the last line if the line above can spare one.
func (f *Fonts) Wrap(s string, size int, weight scene.Weight, width int) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.face(size, weight)
	var out []string
	for para := range strings.SplitSeq(s, "\n") {
		out = append(out, a.paragraph(para, width)...)
	}
	return out
}

func (a *face) paragraph(s string, width int) []string {
	var lines [][]string
	var line []string
	used, space := 0, a.advance(' ')
	flush := func() {
		if len(line) > 0 {
			lines = append(lines, line)
			line, used = nil, 0
		}
	}
	for _, word := range words(s) {
		w := a.measure(word)
		if first, second, two := strings.Cut(word, " "); two && w > width {
			// Too narrow for the whole compound: better broken than cut.
			if len(line) > 0 && used+space+a.measure(first) > width {
				flush()
			}
			if len(line) > 0 {
				used += space
			}
			line, used = append(line, first), used+a.measure(first)
			flush()
			word, w = second, a.measure(second)
		}
		if len(line) > 0 && used+space+w > width {
			flush()
		}
		for w > width { // a single word that is wider than a line
			head, tail := a.cut(word, width)
			lines = append(lines, []string{head})
			word, w = tail, a.measure(tail)
			if tail == "" {
				break
			}
		}
		if word == "" {
			continue
		}
		if len(line) > 0 {
			used += space
		}
		line = append(line, word)
		used += w
	}
	flush()
	// No orphan: borrow a word from the line above.
	if n := len(lines); n > 1 && len(lines[n-1]) == 1 && len(lines[n-2]) > 2 {
		up := lines[n-2]
		last := []string{up[len(up)-1], lines[n-1][0]}
		if a.measure(strings.Join(last, " ")) <= width {
			lines[n-2], lines[n-1] = up[:len(up)-1], last
		}
	}
	if len(lines) == 0 {
		return []string{""}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.Join(l, " ")
	}
	return out
}

// words splits s at spaces, keeping the two syllables of a compound together.
func words(s string) []string {
	out := strings.Fields(strings.ReplaceAll(s, "\u00a0", "\x00"))
	n := 0
	for i := 0; i < len(out); i++ {
		w := out[i]
		if i+1 < len(out) && glued(w, out[i+1]) {
			w += " " + out[i+1]
			i++
		}
		out[n] = strings.ReplaceAll(w, "\x00", "\u00a0")
		n++
	}
	return out[:n]
}

// cut takes as many characters as fit, at least one.
func (a *face) cut(word string, width int) (head, tail string) {
	used := 0
	for i, r := range word {
		adv := a.advance(r)
		if i > 0 && used+adv > width {
			return word[:i], word[i:]
		}
		used += adv
	}
	_, n := utf8.DecodeRuneInString(word)
	if used > width {
		return word[:n], word[n:]
	}
	return word, ""
}
