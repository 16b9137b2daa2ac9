"""What is said of the ready samples, and at the stops of the short tour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from portal.web.texts.i18n import lazy_gettext as _l


@dataclass(frozen=True)
class SampleWords:
    """The name of a sample, what one sees in it, and where its inventory of genes was published."""

    title: object
    shows: object
    inventory: object
    source: str = ""
    doi: str = ""


SAMPLES: Mapping[str, SampleWords] = {
    "kurstaki": SampleWords(
        _l("Kurstaki-like strain"),
        _l(
            "Seven toxin genes, one of them cut off by the end of its contig, and the insect orders that they point to."
        ),
        _l("Its toxin genes are of the kinds that were published for kurstaki HD-1:"),
        "Schnepf et al. 1998",
        "10.1128/MMBR.62.3.775-806.1998",
    ),
    "israelensis": SampleWords(
        _l("Israelensis-like strain"),
        _l("Cry and Cyt toxins that act on mosquitoes together, and what is known of each of them alone."),
        _l("Its toxin genes are of the kinds that were published for the israelensis plasmid pBtoxis:"),
        "Berry et al. 2002",
        "10.1128/AEM.68.10.5082-5095.2002",
    ),
    "none": SampleWords(
        _l("Strain without toxins"),
        _l("No known toxin gene: what such a result looks like, and what it may mean."),
        _l("It has no toxin genes."),
    ),
}


@dataclass(frozen=True)
class TourStop:
    """A stop: the id of the heading that it leads to, and what there is to see."""

    anchor: str
    title: object
    text: object


NOTHING_FOUND = TourStop(
    "verdict-title",
    _l("That nothing was found"),
    _l("This is a result, not an error. The list says what it may mean."),
)
_MAP = TourStop(
    "genome-title",
    _l("Genes on the map"),
    _l("Where the genes lie on their contigs. Several strains are compared in a grid, as are all samples."),
)
STOPS = (
    TourStop(
        "verdict-title",
        _l("What it may act on"),
        _l(
            "The headline is the answer. Each insect order in the table has a score with its interval, and the basis of"
            " the score."
        ),
    ),
    TourStop(
        "toxins-title",
        _l("The toxin genes"),
        _l(
            "Each gene with the closest known toxin. The remarks say whether a gene is complete, cut off or broken; its"
            " name leads to its sequence and alignment."
        ),
    ),
    _MAP,
    # Where the engine names no contigs there is no map of the genome.
    replace(_MAP, anchor="drawings-title"),
    TourStop(
        "evidence-title",
        _l("The evidence behind a score"),
        _l(
            "Open an order to see what each toxin contributes, and the published bioassays behind it. Records of"
            " relatives are marked."
        ),
    ),
    TourStop(
        "files-title",
        _l("Files and sharing"),
        _l(
            "Every table and picture, or everything as one ZIP. On the page of your own task, “Share” makes a link that"
            " only reads."
        ),
    ),
)
