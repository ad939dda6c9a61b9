package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
)

// savePhoto writes a face to a file that its owner alone can read.
func savePhoto(path string, m image.Image) error {
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
