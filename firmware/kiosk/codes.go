package kiosk

import (
	"errors"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/hal"
)

// CardCode gives the condition that an error of a reading means. The order
// matters: a card torn off breaks protocols too.
func CardCode(err error) health.Code {
	for _, c := range []struct {
		is   error
		code health.Code
	}{
		{hal.ErrCardRemoved, health.CardLifted},
		{hal.ErrGone, health.ReaderGone},
		{cccd.ErrNotIDCard, health.NotIDCard},
		{cccd.ErrDiffers, health.CardDiffers},
		{cccd.ErrHash, health.DataChanged},
		{cccd.ErrSignature, health.SignatureBad},
		{cccd.ErrClone, health.ChipCloned},
		{cccd.ErrChain, health.IssuerWrong},
		{cccd.ErrSignerRevoked, health.SignerRevoked},
		{cccd.ErrSignerExpired, health.SignerExpired},
		{cccd.ErrAccess, health.AccessRefused},
	} {
		if errors.Is(err, c.is) {
			return c.code
		}
	}
	return health.ChipError
}

// PrintCode does the same for a page of the printer; maybe says that paper may
// have come out, so that it is never printed again by itself.
func PrintCode(err error) (code health.Code, maybe bool) {
	for _, c := range []struct {
		is    error
		code  health.Code
		maybe bool
	}{
		{hal.ErrJobUnknown, health.PrintUnclear, true},
		{hal.ErrAlreadyPrinted, health.PrintUnclear, true},
		{hal.ErrNoPaper, health.PaperOut, false},
		{hal.ErrCoverOpen, health.CoverOpen, false},
		{hal.ErrHot, health.PrinterHot, false}, // before the fault that it is
		{hal.ErrFault, health.PrinterFault, false},
		{hal.ErrGone, health.PrinterGone, false},
	} {
		if errors.Is(err, c.is) {
			return c.code, c.maybe
		}
	}
	return health.PrinterFault, false
}

// deviceCode gives the condition of a device's health.
func deviceCode(h hal.Health) health.Code {
	if c, ok := health.ByKey(h.Key); ok && h.Key != hal.KeyOK {
		return c.Code
	}
	return ""
}
