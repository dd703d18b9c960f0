// cluster: the metadata of the whole cluster as one immutable Image, made from metadata records. Pure: no io, no clock.
//
//   image.h      Image (what is true now), ImageBuilder (old image + records = new image)
//   placement.h  where the replicas of a new topic go
//   names.h      which topic names are legal
#pragma once

#include "cluster/image.h"
#include "cluster/names.h"
#include "cluster/placement.h"
