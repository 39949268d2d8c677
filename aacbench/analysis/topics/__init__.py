"""The audio topic model of Xu et al. (ICASSP 2021, section 2.1): what captions say that is local, and what is global.

Local topics describe sound events: the sounding object, what it does, and the physical properties of its sound. Global
topics describe the acoustic scene, and what a listener infers or feels. The word lists are `data/*.txt`.
"""

from aacbench.analysis.topics.counts import Counts, Recall, count, recall
from aacbench.analysis.topics.words import GLOBAL, LOCAL, TOPICS, topic_words

__all__ = ["GLOBAL", "LOCAL", "TOPICS", "Counts", "Recall", "count", "recall", "topic_words"]
