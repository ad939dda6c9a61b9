package strict

import (
	"fmt"
	"strings"
)

func unknown(k string, known []string) string {
	if c := Closest(k, known); c != "" {
		return fmt.Sprintf("unknown key %q: write %q", k, c)
	}
	return fmt.Sprintf("unknown key %q: known here are %s", k, strings.Join(known, ", "))
}

// Closest gives the one of known that word was most likely meant to be, or ""
// when none is near.
func Closest(word string, known []string) string {
	if len(word) > 64 { // no typo is that long, and the table below is square
		return ""
	}
	best, at := "", len([]rune(word))/3+1
	for _, k := range known {
		if n := distance(strings.ToLower(word), k); n <= at && (best == "" || n < at) {
			best, at = k, n
		}
	}
	return best
}

// distance counts the letters to add, drop, change or swap with a neighbour
// (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
