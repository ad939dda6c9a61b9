package main

import (
	"context"
	"errors"
	"fmt"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/hal"
)

// Exit codes of "card read", beside 0 and exitFailed.
const (
	exitUnproven = 3 // read, but a proof failed
	exitNoCard   = 4
	exitRefused  = 5 // the chip does not open
	exitTorn     = 6
)

// Codes of ends that are no condition of a kiosk, and so not in its registry.
const (
	codeNoCard    = "no-card"
	codeCalledOff = "called-off"
	codeUsage     = "usage"
	codeFailed    = "failed"
)

// exitError is an end with a code of its own.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }

func endWith(code int, err error) error { return exitError{code, err} }

// verdict on a reading: err is nil if all went well.
type verdict struct {
	exit int
	code string
	err  error
}

// told is the error with its code in front, as the screen and the manual have it.
func (v verdict) told() error {
	if _, ok := health.Lookup(health.Code(v.code)); ok {
		return coded{health.Code(v.code), v.err}
	}
	return v.err
}

// proofErrors are the ends of a reading that went all the way and found
// something wrong.
var proofErrors = []error{
	cccd.ErrHash, cccd.ErrSignature, cccd.ErrClone, cccd.ErrChain, cccd.ErrSignerRevoked, cccd.ErrSignerExpired,
}

var errDowngraded = errors.New("the chip's signed data offer a stronger access than the one that it was opened with")

// judge decides how the command ends. What cut the reading short comes before
// what the reading found.
func judge(got *reading) verdict {
	err := got.err
	is := func(targets ...error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
	switch {
	case err == nil && got.result.Report.Downgraded:
		return verdict{exitUnproven, string(health.Downgraded), errDowngraded}
	case err == nil:
		return verdict{}
	case errors.As(err, new(usageError)):
		return verdict{exitFailed, codeUsage, err}
	case is(errCalledOff, context.Canceled):
		return verdict{exitFailed, codeCalledOff, errCalledOff}
	case is(errNoCard):
		if got.reader == "" {
			return verdict{exitNoCard, string(health.ReaderGone), err}
		}
		return verdict{exitNoCard, codeNoCard, err}
	case is(hal.ErrCardRemoved):
		return verdict{exitTorn, string(kiosk.CardCode(err)), err}
	case is(hal.ErrGone):
		return verdict{exitFailed, string(kiosk.CardCode(err)), err}
	case is(cccd.ErrAccess):
		return verdict{exitRefused, string(kiosk.CardCode(err)), err}
	case is(proofErrors...):
		return verdict{exitUnproven, string(kiosk.CardCode(err)), err}
	case is(cccd.ErrNotIDCard, cccd.ErrChip, cccd.ErrDiffers):
		return verdict{exitFailed, string(kiosk.CardCode(err)), err}
	}
	return verdict{exitFailed, codeFailed, fmt.Errorf("card read: %w", err)}
}
