package main

import "tram06/firmware/health"

// coded is an error with the code of its condition, as the screen, the log and
// the manual name it.
type coded struct {
	code health.Code
	err  error
}

func (e coded) Error() string { return string(e.code) + ": " + e.err.Error() }
func (e coded) Unwrap() error { return e.err }
