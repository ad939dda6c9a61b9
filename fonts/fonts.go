// Package fonts holds the two weights of Noto Sans that the screen and the
// receipt are set in. They cover Vietnamese and the Latin letters of the
// minority languages (ĭ ŏ ŭ ĕ) and are licensed under the SIL Open Font
// License 1.1, see OFL.txt.
package fonts

import _ "embed" // for the files below

// Regular is Noto Sans Regular, TrueType.
//
//go:embed NotoSans-Regular.ttf
var Regular []byte

// Bold is Noto Sans Bold, TrueType.
//
//go:embed NotoSans-Bold.ttf
var Bold []byte

// License is the text that must go with the fonts.
//
//go:embed OFL.txt
var License string
