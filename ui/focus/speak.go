package focus

import (
	"crypto/sha256"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"tram06/ui/scene"
)

// one is a text in the language of the page.
func (f *Focus) one(text string) []scene.Utterance {
	return []scene.Utterance{{Text: text, Lang: f.words.Lang}}
}

// all is the whole page.
func (f *Focus) all() []scene.Utterance {
	var texts []string
	if !f.told {
		texts = append(texts, f.words.Keys)
		f.told = true
	}
	if f.read == nil {
		f.read = map[string]string{}
	}
	f.read[f.page.Name] = form(f.page)
	texts = append(texts, f.page.Spoken)
	for i, s := range f.page.Read {
		// Neither what was said already, nor the number of a step that was.
		if said(f.page.Spoken, s) || numeral(s) && i+1 < len(f.page.Read) && said(f.page.Spoken, f.page.Read[i+1]) {
			continue
		}
		texts = append(texts, s)
	}
	return f.one(sentences(texts...))
}

// news is what the page says beside what it said before. Numbers that changed
// are none: a countdown speaks for itself only when it begins.
func (f *Focus) news(old *scene.Scene) []scene.Utterance {
	before := make(map[string]bool, len(old.Read))
	for _, s := range old.Read {
		before[shape(s)] = true
	}
	var texts []string
	if f.page.Spoken != old.Spoken {
		texts = append(texts, f.page.Spoken)
	}
	for _, s := range f.page.Read {
		if form := shape(s); form != "" && !before[form] && !said(f.page.Spoken, s) {
			texts = append(texts, s)
		}
	}
	if text := sentences(texts...); text != "" {
		return f.one(text)
	}
	return nil
}

// label is what is said of a target.
func (f *Focus) label(t scene.Target) []scene.Utterance {
	var states []string
	if t.Chosen {
		states = append(states, f.words.Chosen)
	}
	if t.Disabled {
		states = append(states, f.words.Unavailable)
	}
	if t.Lang != "" && t.Lang != f.words.Lang {
		out := []scene.Utterance{{Text: sentences(t.Label), Lang: t.Lang}}
		if len(states) > 0 {
			out = append(out, f.one(sentences(states...))...)
		}
		return out
	}
	return f.one(sentences(append([]string{t.Label}, states...)...))
}

// say adds to what a key answers.
func (f *Focus) say(r *Result, us []scene.Utterance) { r.Say = f.speak(append(r.Say, us...), true) }

// speak makes one stream of us, that may end what was spoken before; neighbours
// in one language become one.
func (f *Focus) speak(us []scene.Utterance, interrupt bool) []scene.Utterance {
	var out []scene.Utterance
	for _, u := range us {
		if u.Text == "" {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Lang == u.Lang {
			out[n-1].Text = sentences(out[n-1].Text, u.Text)
			continue
		}
		u.Interrupt = interrupt && len(out) == 0
		out = append(out, u)
	}
	return out
}

// voiced has a voice pause where an eye sees signs: bullets hide digits, and a
// dot parts what is related.
var voiced = strings.NewReplacer("•", "…", " · ", ", ", "·", ", ")

// sentences joins texts so that a voice pauses between them. A number goes with
// its unit if that follows.
func sentences(texts ...string) string {
	var b strings.Builder
	open := false // the last text was a number
	for _, s := range texts {
		s = strings.Join(strings.Fields(strings.Map(speakable, voiced.Replace(s))), " ")
		for strings.Contains(s, "……") || strings.Contains(s, "… …") {
			s = strings.NewReplacer("……", "…", "… …", "…").Replace(s)
		}
		if s == "" {
			continue
		}
		first, _ := utf8.DecodeRuneInString(s)
		if open && !unicode.IsLower(first) {
			b.WriteByte('.')
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
		if open = numeral(s); open {
			continue
		}
		if last, _ := utf8.DecodeLastRuneInString(s); !strings.ContainsRune(".?!:…", last) {
			b.WriteByte('.')
		}
	}
	if open {
		b.WriteByte('.')
	}
	return b.String()
}

// speakable leaves out what would steer a voice instead of being spoken.
func speakable(r rune) rune {
	if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) {
		return -1
	}
	return r
}

// numeral tells whether s is one number.
func numeral(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// said tells whether whole holds the words of s already.
func said(whole, s string) bool {
	flat := strings.Join(strings.Fields(whole), " ")
	return shape(s) != "" && strings.Contains(flat, strings.Join(strings.Fields(s), " "))
}

// shape is a paragraph without its numbers, "" if nothing is left.
func shape(s string) string {
	letters := false
	form := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r) || unicode.IsSpace(r):
			return -1
		case unicode.IsLetter(r):
			letters = true
		}
		return r
	}, s)
	if !letters {
		return ""
	}
	return form
}

// counting is how many digits a countdown has at most.
const counting = 3

// form is all that a page says, but for what counts down, and as nothing that
// could be read by anybody.
func form(s *scene.Scene) string {
	h := sha256.New()
	for _, x := range append([]string{s.Spoken}, s.Read...) {
		s := shape(x)
		if s == "" && len(x) > counting {
			s = x // a telephone number
		}
		io.WriteString(h, s+"\n")
	}
	return string(h.Sum(nil))
}
