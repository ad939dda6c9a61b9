// Command jp2 writes the made-up citizens' portraits as JPEG 2000 files of
// about 15 KB into a folder. It needs opj_compress of OpenJPEG (Debian package
// libopenjp2-tools); go generate runs it after a face was drawn anew.
package main

import (
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"

	"tram06/devdock/people"
)

// ratio of the raw picture, 480 by 640 in three colours, to the file.
const ratio = "61"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "jp2:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("give the folder")
	}
	dir, err := os.MkdirTemp("", "portraits")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, c := range people.All() {
		source := filepath.Join(dir, c.Key+".png")
		f, err := os.Create(source)
		if err != nil {
			return err
		}
		if err := png.Encode(f, c.Drawing()); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		out, err := exec.Command("opj_compress", "-i", source, "-o", filepath.Join(args[0], c.Key+".jp2"), "-r", ratio, "-I").CombinedOutput()
		if err != nil {
			return fmt.Errorf("opj_compress: %w: %s", err, out)
		}
	}
	return nil
}
