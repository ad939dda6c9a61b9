package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
)

var errNoPhoto = errors.New("--photo: nothing was written, there is no portrait that can be shown")

// savePhoto writes the portrait to the file that was asked for.
func (r *cardRead) savePhoto(got *reading) error {
	if r.flags.photo == "" || got.result.Report.APDUs == 0 {
		return nil
	}
	m := got.result.Person.Portrait.Image
	if m == nil {
		return errNoPhoto
	}
	return writePhoto(r.flags.photo, m)
}

// writePhoto writes a face to a file that its owner alone can read.
func writePhoto(path string, m image.Image) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("--photo: %w", err)
	}
	// A file that was there before keeps its mode otherwise.
	if err := errors.Join(f.Chmod(0o600), png.Encode(f, m), f.Close()); err != nil {
		return fmt.Errorf("--photo: %w", err)
	}
	return nil
}
