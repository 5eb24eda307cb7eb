"""Digital maturity: answers of firms to surveys become scores, and scores of some firms estimates for territories.

Pure but for the answers, which are loaded and read in :mod:`atlante.maturity.loading`: frames and arrays in, frames and
arrays out.
"""

from atlante.maturity.answers import Answers, read_answer_file
from atlante.maturity.estimation import AT_LEAST, BASIC, MEAN_SCORE, Estimates, estimate, joint_name
from atlante.maturity.generator import SyntheticSurvey, invent_survey, survey_file_name
from atlante.maturity.loading import AnswerSummary, Material, list_answers, load_answers, read_answers, read_material
from atlante.maturity.population import count_population, describe_firms
from atlante.maturity.precision import Means, Shares, estimate_means, estimate_shares, is_low_reliability
from atlante.maturity.raking import Weighting, collapse, design_effect, rake
from atlante.maturity.scoring import Scores, score_dii, score_item, score_model, wide_answers
from atlante.maturity.shrinkage import shrink, similarity
from atlante.maturity.vetting import AnswerReason

__all__ = [
    "AT_LEAST",
    "BASIC",
    "MEAN_SCORE",
    "AnswerReason",
    "AnswerSummary",
    "Answers",
    "Estimates",
    "Material",
    "Means",
    "Scores",
    "Shares",
    "SyntheticSurvey",
    "Weighting",
    "collapse",
    "count_population",
    "describe_firms",
    "design_effect",
    "estimate",
    "estimate_means",
    "estimate_shares",
    "invent_survey",
    "is_low_reliability",
    "joint_name",
    "list_answers",
    "load_answers",
    "rake",
    "read_answer_file",
    "read_answers",
    "read_material",
    "score_dii",
    "score_item",
    "score_model",
    "shrink",
    "similarity",
    "survey_file_name",
    "wide_answers",
]
