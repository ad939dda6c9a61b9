package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// raylib brings C libraries of other people, each one a header that holds its
// own terms.
const raylib = "github.com/gen2brain/raylib-go/raylib"

var (
	copyright = regexp.MustCompile(`^Copyright (\([cC]\) )?[0-9]{4}`)
	// What licences of one paragraph end with: MIT's, Khronos's, zlib's.
	lastWords = regexp.MustCompile(`(?i)(^|DEALINGS IN )THE (SOFTWARE|MATERIALS)\.$|^SOFTWARE\.$|from any source distribution\.$`)
)

// longestTerms is more lines than any of those licences has.
const longestTerms = 32

// insideRaylib gives the terms of raylib itself and of what it carries. Equal
// terms are given once, after all who hold the rights.
func insideRaylib(dir string) ([]string, error) {
	own, err := os.ReadFile(filepath.Join(dir, "libs", "LICENSE"))
	if err != nil {
		return nil, err
	}
	headers, err := filepath.Glob(filepath.Join(dir, "external", "*.h"))
	if err != nil {
		return nil, err
	}
	deeper, err := filepath.Glob(filepath.Join(dir, "external", "*", "*.h"))
	if err != nil {
		return nil, err
	}
	holders := map[string][]string{} // by terms
	texts := map[string]string{}     // terms as the first one words them
	var order []string
	sources, err := filepath.Glob(filepath.Join(dir, "external", "*.c")) // included like headers
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Concat(headers, deeper, sources) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for _, n := range headerNotices(string(text)) {
			terms := strings.Join(strings.Fields(n.terms), " ")
			if texts[terms] == "" {
				order, texts[terms] = append(order, terms), n.terms
			}
			who := filepath.Base(path) + ": " + n.holder
			if !slices.Contains(holders[terms], who) {
				holders[terms] = append(holders[terms], who)
			}
		}
	}
	if len(order) == 0 {
		return nil, errors.New("raylib's folder external holds no terms: has it moved?")
	}
	out := []string{string(own)}
	for _, terms := range order {
		out = append(out, fmt.Sprintf("%s\n\n%s", strings.Join(holders[terms], "\n"), texts[terms]))
	}
	return out, nil
}

type headerNotice struct{ holder, terms string }

// headerNotices finds the licences in a header's comments.
func headerNotices(text string) []headerNotice {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(lines[i]), "*/"))
	}
	var found []headerNotice
	for i, line := range lines {
		if !copyright.MatchString(line) {
			continue
		}
		n := headerNotice{holder: line}
		rest := lines[i+1 : min(len(lines), i+longestTerms)]
		if end := slices.IndexFunc(rest, lastWords.MatchString); end >= 0 {
			n.terms = strings.TrimSpace(strings.Join(rest[:end+1], "\n"))
		} else if len(rest) > 0 && strings.HasPrefix(rest[0], "SPDX-License-Identifier:") {
			n.terms = rest[0]
		} else {
			continue // a name in running text
		}
		found = append(found, n)
	}
	return found
}
