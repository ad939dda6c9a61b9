package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Errors of decoding, for errors.Is and for counting.
var (
	ErrTooLarge = errors.New("message too large")
	ErrSyntax   = errors.New("not one strict JSON object")
	ErrField    = errors.New("field unknown, repeated or of the wrong type")
	ErrValue    = errors.New("value out of its limits")
)

// maxDepth is the deepest nesting of any message here, plus one.
const maxDepth = 4

// decode reads one JSON object into v. encoding/json alone would let pass a
// repeated key (the last wins, so two readers may disagree), a key in another
// case, and a second value after the first.
//
// Its errors never quote the input: it came from outside and may hold anything.
func decode(data []byte, v any) error {
	if len(data) > MaxMessage {
		return fmt.Errorf("%d bytes: %w", len(data), ErrTooLarge)
	}
	if !utf8.Valid(data) {
		return fmt.Errorf("not UTF-8: %w", ErrSyntax)
	}
	if err := walk(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var bad *json.UnmarshalTypeError
		if errors.As(err, &bad) {
			return fmt.Errorf("at byte %d: %w", bad.Offset, ErrField)
		}
		return ErrField
	}
	return nil
}

// walk checks the form of the message: one object, keys plain and unique,
// no deeper than maxDepth.
func walk(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	type level struct {
		object bool
		key    bool // the next string is a key
		seen   map[string]bool
	}
	var stack []level
	for {
		t, err := d.Token()
		if err != nil {
			return fmt.Errorf("at byte %d: %w", d.InputOffset(), ErrSyntax)
		}
		if len(stack) == 0 && t != json.Delim('{') {
			return fmt.Errorf("no object: %w", ErrSyntax)
		}
		if n := len(stack); n > 0 && stack[n-1].object && stack[n-1].key {
			if key, ok := t.(string); ok {
				if !plain(key) || stack[n-1].seen[key] {
					return fmt.Errorf("at byte %d: %w", d.InputOffset(), ErrField)
				}
				stack[n-1].seen[key], stack[n-1].key = true, false
				continue
			}
		}
		switch t {
		case json.Delim('{'):
			stack = append(stack, level{object: true, key: true, seen: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
			if len(stack) > 0 {
				stack[len(stack)-1].key = true
			}
		default:
			stack[len(stack)-1].key = true
		}
		if len(stack) > maxDepth {
			return fmt.Errorf("nested too deep: %w", ErrSyntax)
		}
		if len(stack) == 0 {
			break
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more after the object: %w", ErrSyntax)
	}
	return nil
}

// plain says whether a key is spelt as ours are. encoding/json folds case, and
// with it a few letters outside ASCII; this closes both doors.
func plain(key string) bool {
	for i := range len(key) {
		if c := key[i]; c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return key != ""
}
