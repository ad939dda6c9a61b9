// Package text measures and draws the letters of the screen, and holds all of
// its words in every language.
//
// Measuring and drawing share one rule: a line is the sum of whole-pixel
// advances of its characters, without kerning and without hinting. So what a
// screen measures is exactly what every backend draws.
package text
