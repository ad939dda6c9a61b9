// Package strict decodes the YAML files of this project, and tells people what
// is wrong with them.
//
// A key that is not known, a value of the wrong kind, a key that is missing or
// given twice, an anchor, an alias, a second document: each is a problem with
// file, line, column, the coded condition, and what to write instead. All
// problems of a file are reported, not only the first.
//
// Structs are described by their tags:
//
//	Name  string `yaml:"name" example:"rpi4"`   // must be there
//	Notes string `yaml:"notes,omitempty"`       // may be left out
//	Over  Block  `yaml:"over,part"`             // what it leaves out stays as it was
//
// A type with a method ParseScalar reads itself from the text of a scalar.
package strict

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tram06/firmware/health"
)

// MaxSize is the longest file that is looked at, in bytes. Configuration is
// written by people; whatever is longer is no configuration.
const MaxSize = 256 << 10

// Problem is one thing that is wrong with a file.
type Problem struct {
	File      string
	Line, Col int
	Code      health.Code
	Text      string // what is wrong, and what to write instead
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", p.File, p.Code, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Col, p.Code, p.Text)
}

// Problems are all that is wrong with a file, in the order of its lines.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Code gives the code of the first problem of err, or ConfigFile when err is
// of another kind: what a log line or the fleet shows.
func Code(err error) health.Code {
	var ps Problems
	if errors.As(err, &ps) && len(ps) > 0 {
		return ps[0].Code
	}
	return health.ConfigFile
}

// Scalar is a type that reads itself from the text of a scalar. The error says
// what to write instead.
type Scalar interface{ ParseScalar(text string) error }

type position struct{ line, col int }

// Doc is a file while it is being decoded and checked.
type Doc struct {
	file     string
	body     ast.Node
	at       map[string]position // of every path that was met
	bad      map[string]bool     // paths that have a problem already
	parts    map[string]bool     // paths of blocks that may be partial
	problems Problems
}

// Parse reads a file. It never fails: what is wrong is told by Err.
func Parse(file string, data []byte) *Doc {
	d := &Doc{file: file, at: map[string]position{"": {1, 1}}, bad: map[string]bool{}, parts: map[string]bool{}}
	if len(data) > MaxSize {
		d.reject("", position{}, health.ConfigFile, fmt.Sprintf("the file is longer than %d KB: this is no configuration file", MaxSize>>10))
		return d
	}
	f, err := parse(data)
	if err != nil {
		d.syntax(err)
		return d
	}
	var docs []*ast.DocumentNode
	for _, x := range f.Docs {
		if x.Body != nil {
			docs = append(docs, x)
		}
	}
	if len(docs) > 1 {
		d.reject("", where(docs[1].Body), health.ConfigFile, `a second document after "---": keep one document a file`)
	}
	if len(docs) > 0 {
		d.body = docs[0].Body
	}
	return d
}

// parse shields the program from a file that the library trips over: a kiosk
// must say what is wrong with its configuration, not fall over it.
func parse(data []byte) (f *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("not readable as YAML")
		}
	}()
	// Duplicate keys are reported by the decoder, with the rest.
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

// Reject adds a problem at a path such as "display.width" or "steps[2].id". A
// path that has one already is left alone: one mistake, one message.
func (d *Doc) Reject(path string, code health.Code, format string, args ...any) {
	if d.bad[path] {
		return
	}
	p, ok := d.at[path]
	for up := path; !ok && up != ""; {
		up = parent(up)
		p, ok = d.at[up]
	}
	d.reject(path, p, code, fmt.Sprintf(format, args...))
}

// Given tells whether the file has a value at path.
func (d *Doc) Given(path string) bool { _, ok := d.at[path]; return ok }

// Err gives the problems that were found, or nil.
func (d *Doc) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	sort.SliceStable(d.problems, func(i, j int) bool {
		a, b := d.problems[i], d.problems[j]
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
	return d.problems
}

func (d *Doc) reject(path string, p position, code health.Code, text string) {
	d.bad[path] = true
	d.problems = append(d.problems, Problem{d.file, p.line, p.col, code, text})
}

func (d *Doc) syntax(err error) {
	p := position{1, 1}
	text := err.Error()
	var at yaml.Error
	if errors.As(err, &at) {
		text = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			p = position{t.Position.Line, t.Position.Column}
		}
	}
	// The first line only: the rest quotes the file, which may hold secrets.
	text, _, _ = strings.Cut(text, "\n")
	d.reject("", p, health.ConfigFile, "not readable as YAML: "+text)
}

func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return ""
}
