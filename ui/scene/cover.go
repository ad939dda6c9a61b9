package scene

import "image"

// Cover is the part of a picture with these bounds that is shown in a rectangle
// of w by h: as large as it can be with the rectangle's shape, from the middle.
// A face is never stretched.
func Cover(bounds image.Rectangle, w, h int) image.Rectangle {
	if w <= 0 || h <= 0 {
		return bounds
	}
	part := bounds
	if bounds.Dx()*h > bounds.Dy()*w {
		keep := max(1, bounds.Dy()*w/h)
		part.Min.X += (bounds.Dx() - keep) / 2
		part.Max.X = part.Min.X + keep
	} else {
		keep := max(1, bounds.Dx()*h/w)
		part.Min.Y += (bounds.Dy() - keep) / 2
		part.Max.Y = part.Min.Y + keep
	}
	return part
}
